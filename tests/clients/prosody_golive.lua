-- Posts /golive as mod_visitors_component does, with Prosody's own HTTP client. Arguments: the
-- folder of Prosody's code, the URL, the conference, the Authorization header. Writes the status
-- and the content as one JSON object.

local source = arg[1];
package.path = source .. "/?.lua;" .. package.path;
package.cpath = source .. "/?.so;" .. package.cpath;

-- What net.server asks of the process that it is loaded into.
local function nothing() end
prosody = { -- luacheck: ignore 111
    config_loaded = true;
    platform = "posix";
    version = "0.12.3";
    events = { add_handler = nothing; fire_event = nothing };
};

local http = require "net.http";
local json = require "util.json";
local server = require "net.server";

http.request(arg[2], {
    headers = {
        ["User-Agent"] = "Prosody (" .. prosody.version .. "; " .. prosody.platform .. ")";
        ["Content-Type"] = "application/json";
        ["Accept"] = "application/json";
        ["Authorization"] = arg[4];
    };
    method = "POST";
    body = json.encode({ conference = arg[3] });
}, function(content, code)
    print(json.encode({ status = code; content = content }));
    os.exit(0);
end);

server.loop();

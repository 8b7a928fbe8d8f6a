-- Stands in for jitsi-meet's room metadata component: the same events at the same moments, in words of
-- our own. What it leaves out (who may ask, credentials, older presence) no test here looks at.
--
--   asks_always    true as shipped now; false as shipped before, when moderators were not asked about

local json = require "util.json";
local st = require "util.stanza";

local muc_host = module:get_option_string("muc_component");
local asks_always = module:get_option_boolean("asks_always", true);
local main = module:context(module:get_option_string("muc_mapper_domain_base"));
local muc = module:context(muc_host);

local function broadcast(room)
	local text = json.encode({ type = "room_metadata"; metadata = room.jitsiMetadata or {} });
	for _, occupant in room:each_occupant() do
		module:send(st.message({ from = module.host; to = occupant.jid })
			:tag("json-message", { xmlns = "http://jitsi.org/jitmeet"; room = room.jid }):text(text):up());
	end
end

local function hook_muc(host)
	if host ~= muc_host then return; end
	muc:hook("muc-room-created", function (event)
		event.room.jitsiMetadata = event.room.jitsiMetadata or {};
	end, -1);
	muc:hook("room-metadata-changed", function (event) broadcast(event.room); end);
end

if prosody.hosts[muc_host] then hook_muc(muc_host); else module:hook_global("host-activated", hook_muc); end

local function equal(a, b)
	if type(a) ~= "table" or type(b) ~= "table" then return a == b; end
	for key, value in pairs(a) do if not equal(value, b[key]) then return false; end end
	for key in pairs(b) do if a[key] == nil then return false; end end
	return true;
end

module:hook("message/host", function (event)
	local change = event.stanza:get_child("room_metadata", "http://jitsi.org/jitmeet");
	if not change then return true; end
	local room = prosody.hosts[muc_host].modules.muc.get_room_from_jid(change.attr.room);
	local actor = room and room:get_occupant_by_real_jid(event.stanza.attr.from);
	local data = json.decode(change:get_text() or "");
	if not actor or not data then return true; end
	local answer;
	if asks_always or actor.role ~= "moderator" then
		answer = main:fire_event("jitsi-metadata-allow-moderation",
			{ room = room; actor = actor; key = data.key; data = data.data; session = event.origin });
	end
	if answer == false or (answer == nil and actor.role ~= "moderator") then return true; end
	if answer ~= nil then data.data = answer; end
	if equal(room.jitsiMetadata[data.key], data.data) then return true; end
	room.jitsiMetadata[data.key] = data.data;
	broadcast(room);
	muc:fire_event("jitsi-metadata-updated", { room = room; actor = actor; key = data.key });
	return true;
end);

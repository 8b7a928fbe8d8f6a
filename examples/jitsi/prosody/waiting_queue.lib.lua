-- What both modules need: the address of the queue, a token that it believes, and a POST with an end.
--
-- Options (global, or of the component that loads the module):
--   waiting_queue_service     where the queue is on the inside; "http://127.0.0.1:8060/waiting-queue"
--   waiting_queue_retry_max   the longest pause between two tries, in seconds; 30
--   asap_key_path             private key (PEM, RSA) that signs the tokens; no default
--   asap_key_id               its id, the token's "kid"; none
--   asap_issuer               the token's "iss"; "jitsi"
--   asap_audience             the token's "aud"; "jitsi"
-- The asap_ options are those of mod_visitors_component: where that is set up, they are there.

local base64 = require "util.encodings".base64.encode;
local http = require "net.http";
local json = require "util.json";
local openssl_digest = require "openssl.digest";
local openssl_pkey = require "openssl.pkey";
local random = require "util.random";

local service = module:get_option_string("waiting_queue_service", "http://127.0.0.1:8060/waiting-queue");
local retry_max = module:get_option_number("waiting_queue_retry_max", 30);
local key_path = module:get_option_string("asap_key_path");
local key_id = module:get_option_string("asap_key_id");
local issuer = module:get_option_string("asap_issuer", "jitsi");
local audience = module:get_option_string("asap_audience", "jitsi");

local RETRY_MIN_SEC = 1;
-- The queue holds a go-live for up to a minute while its store is away. After that nobody answers.
local ANSWER_SEC = 75;
local TOKEN_SEC = 300;
-- A token is used until so long before its end, so that it is good when it arrives.
local TOKEN_SPARE_SEC = 60;

local function base64url(text)
	return (base64(text):gsub("[+/=]", { ["+"] = "-", ["/"] = "_", ["="] = "" }));
end

-- Reads the key each time: one that is replaced is used at once, and a missing one may still come.
local function sign(text)
	local file = assert(io.open(assert(key_path, "the option asap_key_path is not set"), "r"));
	local pem = file:read("*a");
	file:close();
	return openssl_pkey.new(pem):sign(openssl_digest.new("sha256"):update(text));
end

local token, token_end = nil, 0;

-- A token for the queue; throws when the key cannot be used.
local function fresh_token()
	local now = os.time();
	if now < token_end - TOKEN_SPARE_SEC then return token; end
	local head = { alg = "RS256", typ = "JWT", kid = key_id };
	local claims = { iss = issuer, aud = audience, iat = now, nbf = now, exp = now + TOKEN_SEC };
	local text = base64url(json.encode(head)).."."..base64url(json.encode(claims));
	token, token_end = text.."."..base64url(sign(text)), now + TOKEN_SEC;
	return token;
end

local client = {};

-- Posts a table as JSON and calls `done(code, text)` once: the status and the answer, or 0 and why
-- there is none. It never calls before it has returned.
function client.post(path, body, done)
	local request, watch;
	local over = false;
	local function finish(code, text)
		if over then return; end
		over = true;
		if watch then watch:stop(); end
		done(code, text or "");
	end
	local signed, result = pcall(fresh_token);
	if not signed then
		module:add_timer(0, function () finish(0, "no token: "..tostring(result)); end);
		return;
	end
	watch = module:add_timer(ANSWER_SEC, function ()
		finish(0, "no answer within "..ANSWER_SEC.." s");
		if request and request.conn then http.destroy_request(request); end
	end);
	module:add_timer(0, function ()
		request = http.request(service..path, {
			method = "POST";
			headers = { ["Content-Type"] = "application/json"; ["Authorization"] = "Bearer "..result };
			body = json.encode(body);
		}, function (text, code) finish(code, text); end);
	end);
end

-- Whether a later try may succeed. A refused token may: the queue's key is put in place, clocks are set.
function client.may_come_right(code)
	return code < 400 or code >= 500 or code == 401 or code == 403 or code == 404 or code == 408
		or code == 429;
end

-- How long to wait after so many failures in a row: 1, 2, 4 ... seconds, a quarter more or less, so
-- that a thousand rooms do not come back in the same moment.
function client.pause(failures)
	local pause = math.min(RETRY_MIN_SEC * 2 ^ math.min(failures - 1, 16), retry_max);
	return pause * (0.75 + random.bytes(1):byte() / 510);
end

-- Logs a failure: the first and then every tenth in a row, because an outage is not news.
function client.log_failure(failures, what, code, text)
	local level = failures % 10 == 1 and "warn" or "debug";
	module:log(level, "%s failed, try %d: %s %s", what, failures, code, text);
end

return client;

-- Tells the waiting queue which meetings are live, and sets which meetings have a queue at all.
-- For the MUC component of the main Prosody, beside mod_visitors_component and instead of its option
-- visitors_queue_service, which must stay unset: that one posts once a room and never again.
--
--   Component "conference.meet.example.com" "muc"
--       modules_enabled = { ...; "waiting_queue" }
--
-- A room that has a queue begins with visitors.live = false in its metadata. Jicofo then sends
-- visitors to the queue, and moderators see "Go live". From then on the queue follows the room:
--   live, and somebody is in it     POST /golive, until it is taken, and again every so often
--   not live, or gone               POST /endlive, until it is taken
-- A new room begins with /endlive: of an earlier meeting of this name the doors may still be open.
--
-- Options, beside those of waiting_queue.lib.lua:
--   waiting_queue_rooms             Lua patterns; rooms whose name one of them fits have a queue
--   waiting_queue_by_token          true: so have rooms whose first participant's token has the
--                                   feature "waiting-queue"
--                                   (neither of the two: every room has)
--   waiting_queue_end_without_moderator   seconds after the last moderator has left until the room
--                                   is not live any more; unset: it stays live while it exists
--   waiting_queue_refresh           seconds after which a go-live is said again; 1200. At most half
--                                   of the queue's LIVE_TTL_SEC
--   waiting_queue_visitors_list     true: the queue is told when a meeting's list of visitors ends

local jid = require "util.jid";
local usermanager = require "core.usermanager";
local queue = module:require "waiting_queue";
local muc = module:depends("muc");

-- Settings are easily shared with a visitors' Prosody, whose rooms are copies.
if module:get_option_inherited_set("modules_enabled", {}):contains("fmuc") then
	module:log("info", "This is a visitors' Prosody: the main one tells the queue what is live");
	return;
end

local room_patterns = module:get_option_array("waiting_queue_rooms");
local by_token = module:get_option_boolean("waiting_queue_by_token", false);
local moderator_grace = module:get_option_number("waiting_queue_end_without_moderator");
local refresh = module:get_option_number("waiting_queue_refresh", 1200);
local with_list = module:get_option_boolean("waiting_queue_visitors_list", false);
local domain_prefix = module:get_option_string("muc_mapper_domain_prefix", "conference");
local domain_base = module:get_option_string("muc_mapper_domain_base");

local FEATURE = "waiting-queue";
-- For rooms that are gone: after so long the queue has forgotten by itself (LIVE_TTL_SEC).
local GIVE_UP_SEC = 3600;
-- Anybody can make rooms while the queue is away.
local MOST_REPORTS = 20000;
-- The queue forgets a list by itself too, only later.
local MOST_LIST_TRIES = 20;

-- What is to be said of a conference, or was, by name: { path, number, failures, busy, timer, since }.
local reports, report_count = {}, 0;
-- What is known of a room: { queued = whether it has a queue, nil while that is open; said = the path
-- that was reported last; visitors = the metadata as it was seen last }.
local rooms = setmetatable({}, { __mode = "k" });

local send;

local function forget(conference)
	reports[conference] = nil;
	report_count = report_count - 1;
end

local function answered(conference, report, code, text)
	if code == 200 then
		module:log(report.failures > 0 and "info" or "debug", "%s %s is taken", report.path, conference);
		report.failures = 0;
		if report.path == "/endlive" then return forget(conference); end
		report.timer = module:add_timer(refresh, send, conference, report);
		return;
	end
	report.failures = report.failures + 1;
	queue.log_failure(report.failures, report.path.." "..conference, code, text);
	local too_late = report.path == "/endlive" and os.difftime(os.time(), report.since) > GIVE_UP_SEC;
	if too_late or not queue.may_come_right(code) then
		module:log("error", "%s %s is given up: %s %s", report.path, conference, code, text);
		return forget(conference);
	end
	report.timer = module:add_timer(queue.pause(report.failures), send, conference, report);
end

-- One request a conference at a time, so that the last word said is the last word heard.
function send(_, conference, report)
	local number = report.number;
	report.busy, report.timer = true, nil;
	queue.post(report.path, { conference = conference }, function (code, text)
		report.busy = false;
		if report.number ~= number then return send(nil, conference, report); end
		answered(conference, report, code, text);
	end);
end

-- Says this of the conference until it is taken, instead of whatever was to be said before.
local function say(path, conference)
	local report = reports[conference];
	if not report then
		if report_count >= MOST_REPORTS then
			module:log("error", "%s %s is dropped: %d others wait", path, conference, report_count);
			return;
		end
		report = { number = 0 };
		reports[conference], report_count = report, report_count + 1;
	end
	report.path, report.number, report.failures, report.since = path, report.number + 1, 0, os.time();
	if report.timer then report.timer:stop(); end
	if not report.busy then send(nil, conference, report); end
end

-- Rooms of a tenant are [tenant]room@conference.example here and room@conference.tenant.example for
-- everybody else.
local function conference_of(room)
	local node, host = jid.split(room.jid);
	local tenant, name = node:match("^%[([^%]]+)%](.+)$");
	if not tenant or not domain_base or host ~= domain_prefix.."."..domain_base then return room.jid; end
	return name.."@"..domain_prefix.."."..tenant.."."..domain_base;
end

local function is_ours(room)
	return room.jid:sub(1, 21) ~= "__jicofo-health-check";
end

-- Jicofo and the bridges.
local function is_admin(bare_jid)
	if usermanager.is_admin then return usermanager.is_admin(bare_jid, module.host); end
	local role = usermanager.get_jid_role(bare_jid, module.host);
	return role ~= nil and (role.name == "prosody:admin" or role.name == "prosody:operator");
end

-- Whether somebody is in the room, a moderator if that is asked for.
local function has_occupant(room, role)
	for _, occupant in room:each_occupant() do
		if not is_admin(occupant.bare_jid) and (role == nil or occupant.role == role) then return true; end
	end
	return false;
end

local function is_live(room)
	local visitors = room.jitsiMetadata and room.jitsiMetadata.visitors;
	return type(visitors) ~= "table" or visitors.live ~= false;
end

-- Reports what has changed, if anything.
local function follow(room)
	local known = rooms[room];
	if not known then return; end
	local path = known.said;
	if not is_live(room) then
		path = "/endlive";
	elseif has_occupant(room) then
		path = "/golive";
	end
	if path == known.said then return; end
	known.said = path;
	say(path, conference_of(room));
end

local function fits_pattern(room)
	local name = jid.node(room.jid):gsub("^%[[^%]]+%]", "");
	for _, pattern in ipairs(room_patterns or {}) do
		if name:find(pattern) then return true; end
	end
	return false;
end

-- Whether the room has a queue; nil as long as only the token of a participant can tell.
local function has_queue(room, session, is_participant)
	if not room_patterns and not by_token then return true; end
	if fits_pattern(room) then return true; end
	if not by_token then return false; end
	if not is_participant then return nil; end
	local features = session and session.jitsi_meet_context_features;
	local feature = features and features[FEATURE];
	return feature == true or feature == "true";
end

local function set_live(room, live)
	room.jitsiMetadata = room.jitsiMetadata or {};
	local visitors = room.jitsiMetadata.visitors;
	if type(visitors) ~= "table" then visitors = {}; room.jitsiMetadata.visitors = visitors; end
	visitors.live = live;
	if rooms[room] then rooms[room].visitors = visitors; end
end

-- Before the metadata component (-1), which keeps what it finds. A value that another module has set
-- is left alone.
module:hook("muc-room-created", function (event)
	local room = event.room;
	if not is_ours(room) then return; end
	local creator = event.creator;
	local queued = has_queue(room, event.origin, creator and not is_admin(creator.bare_jid));
	rooms[room] = { queued = queued };
	local visitors = room.jitsiMetadata and room.jitsiMetadata.visitors;
	if type(visitors) ~= "table" or visitors.live == nil then set_live(room, queued == false); end
end, 1);

module:hook("muc-room-created", function (event) follow(event.room); end, -2);

module:hook("muc-occupant-joined", function (event)
	local room, known = event.room, rooms[event.room];
	if known and known.queued == nil and not is_admin(event.occupant.bare_jid) then
		known.queued = has_queue(room, event.origin, true);
		if not known.queued then
			set_live(room, true);
			module:fire_event("room-metadata-changed", { room = room });
		end
	end
	if known and known.grace and has_occupant(room, "moderator") then
		known.grace:stop();
		known.grace = nil;
	end
	follow(room);
end, -2);

-- In a room with a queue a moderator has made it live, so that there was one.
module:hook("muc-occupant-left", function (event)
	local room, known = event.room, rooms[event.room];
	local is_watched = known and known.queued and moderator_grace and is_live(room);
	if not is_watched or known.grace or has_occupant(room, "moderator") then return; end
	known.grace = module:add_timer(moderator_grace, function ()
		known.grace = nil;
		if rooms[room] ~= known or not is_live(room) or has_occupant(room, "moderator") then return; end
		module:log("info", "The last moderator of %s has left: not live any more", room.jid);
		set_live(room, false);
		module:fire_event("room-metadata-changed", { room = room });
	end);
end);

local end_list;
function end_list(_, meeting, failures)
	queue.post("/visitors-list/end", { meetingId = meeting }, function (code, text)
		if code == 200 then return; end
		queue.log_failure(failures + 1, "/visitors-list/end "..meeting, code, text);
		if failures + 1 >= MOST_LIST_TRIES or not queue.may_come_right(code) then return; end
		module:add_timer(queue.pause(failures + 1), end_list, meeting, failures + 1);
	end);
end

module:hook("muc-room-destroyed", function (event)
	local room, known = event.room, rooms[event.room];
	if not known then return; end
	rooms[room] = nil;
	if known.grace then known.grace:stop(); end
	if known.said == "/golive" then say("/endlive", conference_of(room)); end
	local meeting = with_list and room._data and room._data.meetingId;
	if meeting then end_list(nil, meeting, 0); end
end);

-- jitsi-meet's "Go live" sends { live = true } as all there is under "visitors", and so takes away
-- who was promoted and which languages visitors read. What it does not name is kept.
local function with_kept(old, new)
	local merged = {};
	for key, value in pairs(type(old) == "table" and old or {}) do merged[key] = value; end
	for key, value in pairs(new) do merged[key] = value; end
	return merged;
end

-- Asked before the metadata are changed, and also when they would not change: a second click.
local function before_change(event)
	local room = event.room;
	if event.key ~= "visitors" or not rooms[room] or event.actor.role ~= "moderator" then return; end
	if type(event.data) ~= "table" then return false; end
	if event.data.live == true and rooms[room].said == "/golive" then say("/golive", conference_of(room)); end
	return with_kept(room.jitsiMetadata and room.jitsiMetadata.visitors, event.data);
end

-- After it, for metadata components that do not ask when a moderator changes something.
module:hook("jitsi-metadata-updated", function (event)
	local room, known = event.room, rooms[event.room];
	if event.key ~= "visitors" or not known then return; end
	local visitors, lost = room.jitsiMetadata.visitors, false;
	if type(visitors) == "table" and type(known.visitors) == "table" and visitors ~= known.visitors then
		for key, value in pairs(known.visitors) do
			if visitors[key] == nil then visitors[key], lost = value, true; end
		end
	end
	known.visitors = visitors;
	if lost then module:fire_event("room-metadata-changed", { room = room }); end
	follow(room);
end);

-- Another module has changed them.
module:hook("room-metadata-changed", function (event)
	local known = rooms[event.room];
	if known and event.room.jitsiMetadata then known.visitors = event.room.jitsiMetadata.visitors; end
	follow(event.room);
end);

-- The question before a change is asked on the main host.
local function hook_main_host(host)
	if host ~= domain_base then return; end
	module:context(host):hook("jitsi-metadata-allow-moderation", before_change, -1);
end

if not domain_base then
	module:log("warn", "muc_mapper_domain_base is not set: a second click on \"Go live\" is not seen");
elseif prosody.hosts[domain_base] then
	hook_main_host(domain_base);
else
	module:hook_global("host-activated", hook_main_host);
end

-- When the module is loaded again, rooms are there already.
for room in muc.each_room(true) do
	if is_ours(room) then
		local visitors = room.jitsiMetadata and room.jitsiMetadata.visitors;
		rooms[room] = { queued = not is_live(room) or has_queue(room, nil, true), visitors = visitors };
		follow(room);
	end
end

-- Tells the waiting queue who visits a meeting, for the list of visitors that participants see.
-- For the MUC component of each visitor node (beside fmuc), with the door "visitors-list" of the
-- queue open (DOORS=queue,visitors-list).
--
-- Options, beside those of waiting_queue.lib.lua:
--   waiting_queue_main_muc   the MUC domain of the main Prosody, such as "muc.meet.jitsi"; no default
--
-- The main Prosody says when a meeting ends (waiting_queue_visitors_list of mod_waiting_queue): a
-- visitor node knows only of its own visitors.

local jid = require "util.jid";
local queue = module:require "waiting_queue";
local muc = module:depends("muc");

local main_muc = module:get_option_string("waiting_queue_main_muc");
local local_domain = module:get_option_string("muc_mapper_domain_base");

local NICK_NS = "http://jabber.org/protocol/nick";
-- Joins come in crowds: what happens within a second goes out together.
local GATHER_SEC = 1;
local MOST_IN_BATCH = 500;
-- While the queue is away. A node seats some hundred; this is each of them coming and going often.
local MOST_EVENTS = 20000;

if not main_muc or not local_domain then
	module:log("error", "waiting_queue_main_muc and muc_mapper_domain_base must be set");
	return;
end

-- In order, the oldest first; events[first .. last].
local events, first, last = {}, 1, 0;
local busy, failures = false, 0;
-- How many go out together. Fewer, when the queue has refused some: a stranger chooses a nick, and one
-- that the queue does not take must not take others with it.
local batch_size = MOST_IN_BATCH;

local function pending() return last - first + 1; end

local function drop(count)
	for index = first, first + count - 1 do events[index] = nil; end
	first = first + count;
end

local flush;

local function later(pause)
	busy = true;
	module:add_timer(pause, flush);
end

local function answered(began, count, code, text)
	local taken = code == 200;
	if not taken and queue.may_come_right(code) then
		failures = failures + 1;
		queue.log_failure(failures, "/visitors-list/events", code, text);
		return later(queue.pause(failures));
	end
	failures = 0;
	if not taken and count > 1 then
		batch_size = math.floor(count / 2);
		return later(0);
	end
	if not taken then module:log("warn", "An event is dropped: %s %s", code, text); end
	batch_size = math.min(batch_size * 2, MOST_IN_BATCH);
	-- Some may have been dropped meanwhile, because too many came.
	drop(math.max(began + count - first, 0));
	later(0);
end

-- Sends the oldest events; the next ones only after they are taken, so that the order is kept.
function flush()
	local began, count = first, math.min(pending(), batch_size);
	if count == 0 then busy = false; return; end
	local batch = table.move(events, first, first + count - 1, 1, {});
	queue.post("/visitors-list/events", { events = batch }, function (code, text)
		answered(began, count, code, text);
	end);
end

-- The name that was reported last, by the address in the room of each visitor who is there.
local names = {};

local function report(room, occupant, event)
	-- Main participants are in this room too, from the main domain.
	if jid.host(occupant.bare_jid) ~= local_domain then return; end
	local meeting = room._data.meetingId;
	if not meeting then
		module:log("debug", "%s has no meeting id: nobody can ask for its list", room.jid);
		return;
	end
	local presence = occupant:get_presence();
	local name = presence and presence:get_child_text("nick", NICK_NS) or names[occupant.nick] or "";
	names[occupant.nick] = event == "join" and name or nil;
	last = last + 1;
	events[last] = {
		meetingId = meeting;
		conference = jid.join(jid.node(room.jid), main_muc);
		visitorId = jid.resource(occupant.nick);
		name = name;
		event = event;
	};
	if pending() > MOST_EVENTS then
		module:log("warn", "More than %d events wait for the queue: the oldest are dropped", MOST_EVENTS);
		drop(MOST_IN_BATCH);
	end
	if not busy then later(GATHER_SEC); end
end

module:hook("muc-occupant-joined", function (event) report(event.room, event.occupant, "join"); end, -2);
module:hook("muc-occupant-left", function (event) report(event.room, event.occupant, "leave"); end, 1);

-- Who takes another name joins once more, under it.
module:hook("muc-broadcast-presence", function (event)
	local known, name = names[event.occupant.nick], event.stanza:get_child_text("nick", NICK_NS);
	if known and name and name ~= known and event.stanza.attr.type == nil then
		report(event.room, event.occupant, "join");
	end
end, -2);

-- When the module is loaded again, visitors are there already.
for room in muc.each_room(true) do
	for _, occupant in room:each_occupant() do report(room, occupant, "join"); end
end

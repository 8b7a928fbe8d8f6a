-- Stands in for what jitsi-meet's other modules do to a room and a session, on the MUC component.
--
--   a nick that begins with "moderator" makes a moderator, as the token does
--   a nick that begins with "promoted" is noted under "visitors", as mod_visitors_component does
--   a resource that begins with "queue" has the feature "waiting-queue", as from a token
--   every room has a meeting id

local function starts_with(text, start) return text and text:sub(1, #start) == start; end
local jid = require "util.jid";

module:hook("muc-room-created", function (event)
	event.room._data.meetingId = "meeting-of-"..jid.node(event.room.jid);
end, 2);

module:hook("muc-room-pre-create", function (event)
	local origin = event.origin;
	if starts_with(origin.resource, "queue") then
		origin.jitsi_meet_context_features = { ["waiting-queue"] = "true" };
	end
end, 10);

module:hook("muc-occupant-pre-join", function (event)
	local nick = jid.resource(event.occupant.nick);
	if starts_with(event.origin.resource, "queue") then
		event.origin.jitsi_meet_context_features = { ["waiting-queue"] = true };
	end
	event.occupant.role = starts_with(nick, "moderator") and "moderator" or "participant";
end, -10);

module:hook("muc-occupant-joined", function (event)
	local nick = jid.resource(event.occupant.nick);
	if not starts_with(nick, "promoted") then return; end
	local metadata = event.room.jitsiMetadata;
	metadata.visitors = metadata.visitors or {};
	metadata.visitors.promoted = metadata.visitors.promoted or {};
	metadata.visitors.promoted[nick] = true;
	metadata.visitors.transcribingLanguages = "en,fr";
	metadata.visitors.transcribingCount = 2;
	module:fire_event("room-metadata-changed", { room = event.room });
end);

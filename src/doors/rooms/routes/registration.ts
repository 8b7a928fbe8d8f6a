import type { Principal } from "../../../auth/principal.ts";
import { badField, RoomsError, tooMany, unauthorized } from "../errors.ts";
import { requireJsonAccepted } from "../fields.ts";
import { isPushUrl } from "../push/allow_list.ts";
import type { Reply } from "../reply.ts";
import type { PushUrls } from "../sessions.ts";
import type { Visit } from "../visit.ts";
import type { Endpoint } from "./route.ts";
import { endSessionOperation, registerOperation, unregisterOperation } from "./operations.ts";

const CHALLENGE = "Bearer,Hawk";

/** `POST /registration`: makes a session, or gives one other URLs. */
export const register: Endpoint = {
  method: "POST",
  path: "/registration",
  action: "register",
  operation: registerOperation,
  entrance: { schemes: ["none", "hawk", "bearer"], missing: CHALLENGE },
  async handle(visit): Promise<Reply> {
    const { services, session, principal } = visit;
    if (!session && !isSomebody(principal) && services.values.ROOMS_REGISTRATION === "token") {
      throw unauthorized(CHALLENGE);
    }
    const push = pushOf(visit);
    if (session) {
      await services.sessions.setPush(session, push);
      return { status: 200 };
    }
    const wait = services.rates.session.take("");
    if (wait !== undefined) throw tooMany(wait);
    const token = await services.sessions.create(principal, push);
    return { status: 200, headers: { "hawk-session-token": token } };
  },
};

/** `DELETE /registration`: nobody is told of changes any more. */
export const unregister: Endpoint = {
  method: "DELETE",
  path: "/registration",
  action: "unregister",
  operation: unregisterOperation,
  entrance: { schemes: ["hawk"], missing: "Hawk" },
  async handle({ services, signer }): Promise<Reply> {
    await services.sessions.setPush(signer, undefined);
    return { status: 204 };
  },
};

/** `DELETE /session`: a registered user signs out. */
export const endSession: Endpoint = {
  method: "DELETE",
  path: "/session",
  action: "end_session",
  operation: endSessionOperation,
  entrance: { schemes: ["hawk"], missing: "Hawk" },
  async handle({ services, signer }): Promise<Reply> {
    if (!signer.person) {
      throw new RoomsError(403, 110, "Only registered users may end a session.");
    }
    await services.sessions.end(signer);
    return { status: 204 };
  },
};

function isSomebody(principal: Principal | undefined): boolean {
  return principal !== undefined && principal.kind !== "anonymous";
}

function pushOf(visit: Visit): PushUrls | undefined {
  if (!visit.hasBody) return undefined;
  const { body } = visit;
  requireJsonAccepted(visit.call.header("accept"));
  const urls = body["simplePushURLs"];
  if (urls === undefined) return undefined;
  if (typeof urls !== "object" || urls === null || Array.isArray(urls)) {
    throw badField("simplePushURLs should be an object");
  }
  const { rooms, calls } = urls as Record<string, unknown>;
  for (const [name, url] of Object.entries({ rooms, calls })) {
    if (url === undefined || isPushUrl(url)) continue;
    throw badField(`simplePushURLs.${name} should be a valid url`);
  }
  return { rooms, calls } as PushUrls;
}

import type { Service } from "./service.ts";
import { systemToken } from "./tokens.ts";

/** Posts a command as a backend does. The token is a system token unless one is given. */
export async function post(
  service: Service,
  path: string,
  body: unknown,
  authorization?: string,
): Promise<Response> {
  return await fetch(service.http + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: authorization ?? `Bearer ${await systemToken()}`,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** Goes live, and fails unless that was answered with 200. Resolves with the answer. */
export async function goLive(
  service: Service,
  conference: string,
): Promise<Record<string, unknown>> {
  const response = await post(service, "/golive", { conference });
  const body = await response.json();
  if (response.status !== 200) throw new Error(`${response.status}: ${JSON.stringify(body)}`);
  return body;
}

export async function endLive(service: Service, conference: string): Promise<void> {
  const response = await post(service, "/endlive", { conference });
  await response.body?.cancel();
  if (response.status !== 200) throw new Error(`endlive: ${response.status}`);
}

/**
 * The reference client of Hawk, with the types of what is used of it here.
 *
 * @module
 */

import hawk from "hawk";

/** What a request was signed with; the answer is checked against it. */
export type HawkArtifacts = Readonly<Record<string, unknown>>;

export interface HawkKey {
  readonly id: string;
  readonly key: string;
  readonly algorithm: "sha256";
}

interface SignOptions {
  readonly credentials: HawkKey;
  readonly payload?: string;
  readonly contentType?: string;
  readonly localtimeOffsetMsec?: number;
  readonly timestamp?: number;
  readonly nonce?: string;
}

interface HawkClient {
  header(url: string, method: string, options: SignOptions): {
    readonly header: string;
    readonly artifacts: HawkArtifacts;
  };
  authenticate(
    response: { readonly headers: Readonly<Record<string, string>> },
    credentials: HawkKey,
    artifacts: HawkArtifacts,
    options: { readonly payload: string; readonly required: boolean },
  ): unknown;
}

/** `header` signs a request, `authenticate` throws unless the answer to it is whole and genuine. */
export const hawkClient: HawkClient = (hawk as unknown as { client: HawkClient }).client;

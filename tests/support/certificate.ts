/**
 * A certificate for 127.0.0.1, and the authority that vouches for it, both made for one test.
 *
 * @module
 */

import { requireProgram } from "./programs.ts";

export interface Certificate extends AsyncDisposable {
  /** Files in PEM. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Undefined where openssl is not installed, which is said loudly. */
export async function makeCertificate(): Promise<Certificate | undefined> {
  if (!requireProgram("openssl", ["version"])) return undefined;
  const folder = await Deno.makeTempDir({ prefix: "certificate-" });
  const file = (name: string) => `${folder}/${name}`;
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl("req", "-x509", ...newKey, "-keyout", file("ca.key"), "-out", file("ca.pem"), ...[
    ...["-subj", "/CN=Authority of a test", "-days", "2"],
  ]);
  await openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    file("key.pem"),
    "-out",
    file("cert.pem"),
    ...[
      ...["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-subj", "/CN=127.0.0.1", "-days", "2"],
      ...[
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
      ],
    ],
  );
  return {
    ca: file("ca.pem"),
    cert: file("cert.pem"),
    key: file("key.pem"),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, stderr: "piped" }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

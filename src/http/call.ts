import { type BodyLimits, parseJson, readOctets } from "./body.ts";
import { Problem } from "./problem.ts";
import { rawPath } from "./raw_path.ts";

/** One request on its way through a route. */
export class Call {
  #octets: Promise<Uint8Array<ArrayBuffer>> | undefined;

  /**
   * @param request its body is read through this object alone, so that it is bounded and kept.
   * @param path the route's, as `/conferences/{conference}`.
   */
  constructor(
    readonly request: Request,
    readonly path: string,
    readonly limits: BodyLimits,
  ) {}

  /** A header; undefined where it was not sent. */
  header(name: string): string | undefined {
    return this.request.headers.get(name) ?? undefined;
  }

  /** The query, decoded. */
  get query(): URLSearchParams {
    return new URL(this.request.url).searchParams;
  }

  /**
   * The part of the path that stands for `{name}`, percent-decoded exactly once.
   *
   * @throws {Problem} 400 it is not percent-encoded UTF-8.
   */
  parameter(name: string): string {
    // Counted from the end: the base path stands in front.
    const place = this.path.split("/").reverse().indexOf(`{${name}}`);
    if (place < 0) throw new TypeError(`Cannot read {${name}}: ${this.path} does not have it`);
    const segment = rawPath(this.request.url).split("/").at(-1 - place)!;
    try {
      return decodeURIComponent(segment);
    } catch (cause) {
      const detail = "The name in the path is not percent-encoded UTF-8. Write a % as %25.";
      throw new Problem(400, `${name}_invalid`, detail, { cause });
    }
  }

  /**
   * The octets of the body, read once and kept: a signature is checked over what is parsed later.
   *
   * @throws {Problem} 413, 408, 400, as `readOctets` says.
   */
  octets(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#octets ??= readOctets(this.request, this.limits);
  }

  /** The body as JSON. @throws {Problem} like `octets`, and 400 where it is not JSON. */
  async json(): Promise<unknown> {
    return parseJson(await this.octets());
  }
}

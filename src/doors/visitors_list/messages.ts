import type { Change, Visitor } from "../../visitors_list/visitor.ts";

/** The body of the whole list: `n` is the name, `r` the id, as shipped clients read them. */
export function listBody(visitors: readonly Visitor[]): string {
  return JSON.stringify(visitors.map(({ id, name }) => ({ n: name, r: id })));
}

/** Encodes the changes of a list once, however many are told the same ones. */
export class ChangeBodies {
  #changes: readonly Change[] | undefined;
  #body = "";

  /** @param changes an array that is not changed as long as it is told. */
  encode(changes: readonly Change[]): string {
    if (changes !== this.#changes) {
      this.#changes = changes;
      this.#body = JSON.stringify(
        changes.map(({ type, id, name }) => ({ n: name, r: id, s: type === "join" ? "j" : "l" })),
      );
    }
    return this.#body;
  }
}

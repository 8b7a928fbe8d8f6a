import { type Change, MAX_VISITORS, type Visitor } from "./visitor.ts";

/** Who is in one meeting just now. */
export class Roster {
  readonly #names = new Map<string, string>();

  get size(): number {
    return this.#names.size;
  }

  /** In the order in which they joined. */
  *visitors(): Generator<Visitor, void> {
    for (const [id, name] of this.#names) yield { id, name };
  }

  /** Takes changes in that are already decided on. */
  apply(changes: Iterable<Change>): this {
    for (const { type, id, name } of changes) {
      if (type === "join") this.#names.set(id, name);
      else this.#names.delete(id);
    }
    return this;
  }

  /**
   * What `reported` comes to: without what changes nothing, because a report may be repeated, and
   * with the name of who leaves. This roster stays as it is.
   *
   * @returns `full`: how many could not join, because there are {@linkcode MAX_VISITORS}.
   */
  decide(reported: Iterable<Change>): { changes: Change[]; full: number } {
    const changes: Change[] = [];
    /** What this would make of whom it concerns; `undefined`: gone. */
    const after = new Map<string, string | undefined>();
    let size = this.size;
    let full = 0;
    for (const { type, id, name } of reported) {
      const before = after.has(id) ? after.get(id) : this.#names.get(id);
      if (type === "leave" ? before === undefined : before === name) continue;
      if (type === "join" && before === undefined && size >= MAX_VISITORS) {
        full++;
        continue;
      }
      if (before === undefined) size++;
      if (type === "leave") size--;
      after.set(id, type === "join" ? name : undefined);
      changes.push({ type, id, name: type === "join" ? name : before! });
    }
    return { changes, full };
  }

  /** The changes that make this roster the `other`; in no order that ever was. */
  differences(other: Roster): Change[] {
    const changes: Change[] = [];
    for (const [id, name] of this.#names) {
      if (!other.#names.has(id)) changes.push({ type: "leave", id, name });
    }
    for (const [id, name] of other.#names) {
      if (this.#names.get(id) !== name) changes.push({ type: "join", id, name });
    }
    return changes;
  }
}

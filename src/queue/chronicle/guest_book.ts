import { z } from "zod";
import type { Store } from "../../store/store.ts";
import type { Guest } from "./events.ts";

const GUESTS = "guest/";
const SEATS = "guests/";
const LEASES = "chronicler/";
/** An isolate that has not said for so long that it lives is dead. */
const LEASE_MS = 20_000;
/** Guests of dead isolates that are looked at at a time. */
const MAX_SWEPT = 10_000;
const READ_BATCH = 200;
/** After so many lost races it is left for the next time. */
const MAX_TRIES = 8;

const seatsSchema = z.record(z.string(), z.int().min(0));
const entrySchema = z.object({
  conference: z.string(),
  guest: z.object({
    id: z.string(),
    user: z.string().nullable(),
    name: z.string(),
    since: z.number(),
  }),
});

/** A guest whose isolate has died. */
export interface Orphan {
  readonly conference: string;
  readonly guest: Guest;
}

/**
 * The guests who were announced, in the store: so that there are no more of a conference than there
 * may be, over all isolates, and each is seen off once, also when its isolate dies. Everything here
 * throws {@linkcode StoreError} when the store is away.
 */
export class GuestBook {
  /** @param most guests of a conference. */
  constructor(readonly store: Store, readonly isolate: string, readonly most: number) {}

  /** Takes up to `wanted` seats of the conference; returns how many. */
  async take(key: string, wanted: number): Promise<number> {
    let taken = 0;
    const changed = await this.#change(key, (seats) => {
      const used = Object.values(seats).reduce((sum, n) => sum + n, 0);
      taken = Math.max(0, Math.min(wanted, this.most - used));
      return taken === 0 ? undefined : add(seats, this.isolate, taken);
    });
    return changed ? taken : 0;
  }

  /** Gives seats back. */
  async give(key: string, count: number): Promise<void> {
    await this.#change(key, (seats) => add(seats, this.isolate, -count));
  }

  /** Writes a guest in. Returns what {@linkcode strike} needs. */
  async write(conference: string, guest: Guest): Promise<string> {
    const text = JSON.stringify({ conference, guest });
    return (await this.store.set(this.#keyOf(guest), text))!;
  }

  /** Strikes a guest out: true for whoever does it first, and nobody else. */
  strike(guest: Guest, version: string): Promise<boolean> {
    return this.store.delete(this.#keyOf(guest), { ifVersion: version });
  }

  /** Says that this isolate lives, for a while. */
  async live(): Promise<void> {
    await this.store.set(LEASES + this.isolate, "", { ttlMs: LEASE_MS });
  }

  /** Strikes out the guests of isolates that died, and gives their seats back. */
  async sweep(): Promise<Orphan[]> {
    const keys = await this.store.keys(GUESTS, MAX_SWEPT);
    const isolates = [...new Set(keys.map((key) => key.split("/")[1]!))];
    const dead = await this.#dead(isolates);
    const orphans: Orphan[] = [];
    const theirs = keys.filter((key) => dead.has(key.split("/")[1]!));
    for (let i = 0; i < theirs.length; i += READ_BATCH) {
      const batch = theirs.slice(i, i + READ_BATCH);
      const entries = await this.store.get(batch);
      for (const [j, key] of batch.entries()) {
        const entry = entries[j];
        if (!entry || !await this.store.delete(key, { ifVersion: entry.version })) continue;
        const orphan = parse(entrySchema, entry.value);
        if (orphan) orphans.push(orphan);
      }
    }
    for (const key of new Set(orphans.map(({ conference }) => conference))) await this.clear(key);
    return orphans;
  }

  /** Gives back the seats that dead isolates have in a conference. */
  async clear(key: string): Promise<void> {
    const [entry] = await this.store.get([SEATS + key]);
    const dead = await this.#dead(Object.keys(parse(seatsSchema, entry?.value) ?? {}));
    if (dead.size === 0) return;
    await this.#change(key, (seats) => {
      return Object.fromEntries(Object.entries(seats).filter(([isolate]) => !dead.has(isolate)));
    });
  }

  #keyOf({ id }: Guest): string {
    return `${GUESTS}${this.isolate}/${id}`;
  }

  async #dead(isolates: readonly string[]): Promise<ReadonlySet<string>> {
    const others = isolates.filter((isolate) => isolate !== this.isolate);
    if (others.length === 0) return new Set();
    const leases = await this.store.get(others.map((isolate) => LEASES + isolate));
    return new Set(others.filter((_, i) => leases[i] === undefined));
  }

  /** False when there was nothing to change, or others were always faster. */
  async #change(
    key: string,
    change: (seats: Record<string, number>) => Record<string, number> | undefined,
  ): Promise<boolean> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const [entry] = await this.store.get([SEATS + key]);
      const seats = change(parse(seatsSchema, entry?.value) ?? {});
      if (!seats) return false;
      if (await this.#replace(SEATS + key, seats, entry?.version)) return true;
    }
    return false;
  }

  async #replace(
    key: string,
    seats: Record<string, number>,
    version: string | undefined,
  ): Promise<boolean> {
    if (Object.keys(seats).length > 0) {
      const options = { ifVersion: version ?? null };
      return await this.store.set(key, JSON.stringify(seats), options) !== undefined;
    }
    return version === undefined || await this.store.delete(key, { ifVersion: version });
  }
}

function add(
  seats: Record<string, number>,
  isolate: string,
  count: number,
): Record<string, number> {
  const { [isolate]: own = 0, ...others } = seats;
  const left = own + count;
  return left > 0 ? { ...others, [isolate]: left } : others;
}

function parse<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

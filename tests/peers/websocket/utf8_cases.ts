import {
  begin,
  bytes,
  type Case,
  chopped,
  hex,
  lawful,
  more,
  ping,
  text,
  unlawful,
} from "./case.ts";

/** A byte order mark is a part of the message. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const GREETING = "Hello-µ@ßöäüàá-UTF-8!!";
/** A word, an encoded surrogate, which UTF-8 does not have, and more text. */
const BROKEN = ["ce ba e1 bd b9 cf 83 ce bc ce b5", "f4 90 80 80", "65 64 69 74 65 64"] as const;

/** 6.1 to 6.4: where a message is cut, and how soon an error is noticed. */
function cuts(): Case[] {
  const broken = hex("ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65 64 69 74 65 64");
  const [good, bad, rest] = BROKEN.map(hex);
  const octetwise = (octets: Uint8Array<ArrayBuffer>) => {
    const parts = chopped(octets, 1);
    return parts.map((part, i) => i === 0 ? begin(part) : more(part, i === parts.length - 1));
  };
  return [
    lawful("6.1.1", "an empty message", [text("")], [""]),
    lawful("6.1.2", "in three fragments", [begin(""), more(""), more("", true)], [""]),
    lawful("6.1.3", "the middle one not empty", [begin(""), more("middle"), more("", true)], [
      "middle",
    ]),
    lawful("6.2.1", "text in one frame", [text(GREETING)], [GREETING]),
    lawful("6.2.2", "cut between characters", [begin("Hello-µ"), more("@ßöäüàá-UTF-8!!", true)], [
      GREETING,
    ]),
    lawful("6.2.3", "cut everywhere", octetwise(bytes(GREETING)), [GREETING]),
    lawful("6.2.4", "Greek, cut everywhere", octetwise(bytes("κόσμε")), ["κόσμε"]),
    unlawful("6.3.1", "an encoded surrogate", [text(broken)], 1007),
    unlawful("6.3.2", "in fragments of one octet", octetwise(broken), 1007),
    // A ping that is answered shows that the error was not noticed.
    unlawful("6.4.1", "noticed before the last fragment", [
      begin(good!),
      more(bad!),
      ping("late"),
      more(rest!, true),
    ], 1007),
    unlawful("6.4.2", "noticed within a character", [
      begin(good!),
      more(hex("f4 90")),
      ping("late"),
      more(hex("80 80"), true),
    ], 1007),
    // The rest of the frame never comes, and no more can be sent.
    {
      ...unlawful("6.4.3", "noticed before the end of a frame", [
        text(hex(BROKEN.join(" "))).slice(0, -rest!.length),
      ], 1007),
      finish: true,
    },
    {
      ...unlawful("6.4.4", "noticed there within a character", [
        text(hex(BROKEN.join(" "))).slice(0, -rest!.length - 2),
      ], 1007),
      finish: true,
    },
  ];
}

/** What is UTF-8, by section. */
const VALID: Readonly<Record<string, readonly string[]>> = {
  "6.5 text around U+0000": ["48 65 6c 6c 6f 00 77"],
  "6.6 prefixes of a Greek word": [
    "ce ba",
    "ce ba e1 bd b9",
    "ce ba e1 bd b9 cf 83",
    "ce ba ce b5",
  ],
  "6.7 the first of each length": ["00", "c2 80", "e0 a0 80", "f0 90 80 80"],
  "6.9 the last of each length": ["7f", "df bf", "ef bf bf", "f4 8f bf bf"],
  "6.11 other borders": ["ed 9f bf", "ee 80 80", "ef bf bd", "f4 8f bf bf"],
  "6.22 what is no character": [
    "ef bf be",
    "ef bf bf",
    ...Array.from({ length: 16 }, (_, plane) => [
      Buffer.from(String.fromCodePoint((plane + 1) * 0x10000 + 0xfffe)).toString("hex"),
      Buffer.from(String.fromCodePoint((plane + 1) * 0x10000 + 0xffff)).toString("hex"),
    ]).flat(),
  ],
  "6.23 specials": ["ef bf b9", "ef bf ba", "ef bf bb", "ef bf bc", "ef bf bd", "ef bb bf 61"],
};

/** What is not. */
const INVALID: Readonly<Record<string, readonly string[]>> = {
  "6.6 prefixes that end within a character": [
    "ce",
    "ce ba e1",
    "ce ba e1 bd",
    "ce ba e1 bd b9 cf",
    "ce ba e1 bd b9 cf 83 ce",
    "ce ba e1 bd b9 cf 83 ce bc ce",
  ],
  "6.8 the first of five and six octets": ["f8 88 80 80 80", "fc 84 80 80 80 80"],
  "6.10 the last of four, five and six": ["f7 bf bf bf", "fb bf bf bf bf", "fd bf bf bf bf bf"],
  "6.11 above the last character": ["f4 90 80 80"],
  "6.12 continuations of nothing": [
    "80",
    "bf",
    "80 bf",
    "80 bf 80",
    "80 bf 80 bf",
    "80 bf 80 bf 80",
    "80 bf 80 bf 80 bf",
    Array.from({ length: 64 }, (_, i) => (0x80 + i).toString(16)).join(" "),
  ],
  "6.13 beginnings before a blank": ["c0", "e0", "f0", "f8", "fc"].map((first) => `${first} 20`),
  "6.14 the last octet missing": [
    ...["c0", "e0 80", "f0 80 80", "f8 80 80 80", "fc 80 80 80 80"],
    ...["df", "ef bf", "f7 bf bf", "fb bf bf bf", "fd bf bf bf bf"],
  ],
  "6.15 all of these together": [
    "c0 e0 80 f0 80 80 f8 80 80 80 fc 80 80 80 80 df ef bf f7 bf bf fb bf bf bf fd bf bf bf bf",
  ],
  "6.16 octets that never are": ["fe", "ff", "fe fe ff ff"],
  "6.17 a slash, too long": [
    ...["c0 af", "e0 80 af", "f0 80 80 af", "f8 80 80 80 af", "fc 80 80 80 80 af"],
  ],
  "6.18 the most that is too long": [
    ...["c1 bf", "e0 9f bf", "f0 8f bf bf", "f8 87 bf bf bf", "fc 83 bf bf bf bf"],
  ],
  "6.19 U+0000, too long": [
    ...["c0 80", "e0 80 80", "f0 80 80 80", "f8 80 80 80 80", "fc 80 80 80 80 80"],
  ],
  "6.20 surrogates": [
    ...["ed a0 80", "ed ad bf", "ed ae 80", "ed af bf", "ed b0 80", "ed be 80", "ed bf bf"],
  ],
  "6.21 pairs of surrogates": ["ed a0 80", "ed ad bf", "ed ae 80", "ed af bf"].flatMap((high) =>
    ["ed b0 80", "ed bf bf"].map((low) => `${high} ${low}`)
  ),
};

/** 6: UTF-8. */
export function utf8Cases(): Case[] {
  const numbered = (
    lists: typeof VALID,
    first: number,
    make: (id: string, what: string, octets: Uint8Array<ArrayBuffer>) => Case,
  ) =>
    Object.entries(lists).flatMap(([name, list]) => {
      const [section, ...what] = name.split(" ");
      return list.map((octets, i) =>
        make(`${section}.${first + i}`, `${what.join(" ")}: ${octets.slice(0, 17)}`, hex(octets))
      );
    });
  return [
    ...cuts(),
    ...numbered(
      VALID,
      1,
      (id, what, octets) => lawful(id, what, [text(octets)], [decoder.decode(octets)]),
    ),
    ...numbered(INVALID, 51, (id, what, octets) => unlawful(id, what, [text(octets)], 1007)),
  ];
}

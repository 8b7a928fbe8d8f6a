/** What the rooms of one door are called in the store; those of another door have other names. */
export class Keys {
  /** In front of every room. */
  readonly rooms: string;

  constructor(readonly scope: string) {
    this.rooms = `rooms/${scope}/room/`;
  }

  room(id: string): string {
    return this.rooms + id;
  }

  /** A longer text beside a room, by what the room calls it. */
  details(room: string, name: string): string {
    return `rooms/${this.scope}/details/${room}/${name}`;
  }

  profile(room: string, seat: string): string {
    return `rooms/${this.scope}/profile/${room}/${seat}`;
  }

  owner(owner: string): string {
    return `rooms/${this.scope}/owner/${owner}`;
  }

  /** Says that an isolate which holds connections lives. */
  holder(isolate: string): string {
    return `rooms/${this.scope}/holder/${isolate}`;
  }
}

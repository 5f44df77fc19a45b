/** Texts numbered in the order they came; number 0 is "none". */
export class Names {
  private readonly ids = new Map<string, number>();
  private readonly list: string[] = [''];
  /** Rows next to each other often name the same thing. */
  private lastName = '';
  private lastId = 0;

  get size(): number {
    return this.list.length;
  }

  idOf(name: string | null): number {
    if (name === null) return 0;
    if (name === this.lastName && this.lastId > 0) return this.lastId;
    let id = this.ids.get(name);
    if (id === undefined) {
      id = this.list.push(name) - 1;
      this.ids.set(name, id);
    }
    this.lastName = name;
    this.lastId = id;
    return id;
  }

  nameOf(id: number): string {
    return this.list[id];
  }

  /** Names by number: `idOf` over all but none, in order, gives the same numbers again. */
  between(from: number, end: number): readonly string[] {
    return this.list.slice(from, end);
  }
}

import type { Block, Tree } from './tree.js';

/** A promise about deploy/terraform. */
export interface Rule {
  readonly name: string;
  /** What breaks it, one line each; empty: nothing does. */
  readonly check: (tree: Tree) => readonly string[];
}

/** Findings of a check that looks at one block at a time. */
export const each = (blocks: readonly Block[], say: (block: Block) => string | null | undefined): string[] =>
  blocks.flatMap((block) => {
    const what = say(block);
    return what ? [`${block.at}: ${what}`] : [];
  });

export const ofType = (tree: Tree, type: string): readonly Block[] =>
  tree.resources.filter((resource) => resource.type === type);

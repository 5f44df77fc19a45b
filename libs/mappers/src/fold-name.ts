/**
 * A name as all its spellings: 'PRODUCT ADDED', 'Product.Added', `productAdded`, `ns:product_added` and '@productAdded'
 * are `productadded`. What stands before the last colon is a namespace.
 */
export function foldName(name: string): string {
  return name
    .slice(name.lastIndexOf(':') + 1)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

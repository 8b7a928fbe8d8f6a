/** How personal data are kept: nobody who reads the store alone can read them. */
export interface Sealing {
  /** Never twice the same. */
  seal(text: string): Promise<string>;
  /** Undefined for what was sealed under another secret, or is not whole. */
  open(sealed: string): Promise<string | undefined>;
}

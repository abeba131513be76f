/** What ties a control to its label, its hint and its error. */
export interface Names {
  id: string
  /** For `aria-describedby`. */
  by: string | undefined
  /** For `aria-invalid`. */
  invalid: true | undefined
}

/** What ties a control to its label, its hint and its error. */
export interface Names {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

// Package finding is the vocabulary of a judgement: what a rule is, what it found, what
// else that could be, and the verdict that findings are folded into. It knows no rule,
// and looks at no observation.
//
// How sure a finding is follows from its rivals (Finding.Weigh), and from nothing else.
package finding

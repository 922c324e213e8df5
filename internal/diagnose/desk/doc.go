// Package desk holds the causes that a run at a user's desk can find. Start with
// rules.go, the table of them; Look is the way in.
//
//   - The family of ways (way.go) asks of every port that does not work what could
//     explain that: its flows (flow.go) are turned into clues, package candidates
//     says which explanations no clue contradicts, package sweep what a comparison
//     of sweeps is worth, owner.go whose those places are, and explanation.go
//     joins the flows that one device explains. Every other cause is a rule of its
//     own, in a file named for its layer or family.
//   - A finding is a symptom where another one explains everything odd that it
//     rests on (explains.go, suppress.go).
//   - protocols.go says how far each protocol was shown to work.
//   - The words are each rule's own, and way_words.go for the family of ways.
package desk

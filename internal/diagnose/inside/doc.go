// Package inside holds the causes that a run inside a WorkSpace can find. Start with
// rules.go, the table of them; Look is the way in. A finding is a symptom where what it
// is about stands on another part that is broken (parts.go).
package inside

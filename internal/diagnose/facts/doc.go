// Package facts answers questions of fact about a run's observations: which ports
// answered, whose an address is, how the client reaches its hosts. It computes and
// names; it never blames, and writes no sentence. The rules of both vantages ask it.
//
// Start with Gather. A question that only one family of rules asks stays with that
// family (packages desk and inside).
package facts

// Package fleet says what the reports of many desks have in common: how many of
// them one device, one proxy or one rule keeps from their desktops, since when, and
// who contradicts that.
//
//   - Record is one report in a line: what -o summary prints, and all that is kept.
//   - Fleet.Read takes records out of whatever reports come in, one at a time.
//   - Fleet.Result groups the desks. Those of one site are weighed together: where one
//     saw packets end between two devices, another whose packets pass one of them
//     leaves the other.
//
// A desk counts once, with its latest report. A private address means something in its
// own site alone, a pseudonym only among reports that were redacted with one key.
package fleet

// Package watch is the same run again and again, without anybody at a terminal.
//
//   - State is what of a run is compared with the next.
//   - History keeps the spells in which the state stayed the same, and classes each:
//     a one-off, sustained or recurring. It is pure, a table of rules over the spells.
//   - Pace says when a run is due, so that a thousand desks do not probe at once.
//   - Loop runs by that pace, one run at a time, and notices when the computer slept.
//   - Folder keeps reports, bounded in number and size.
//
// It knows neither what a run does nor how it is told.
package watch

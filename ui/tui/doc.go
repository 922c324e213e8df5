// Package tui is the terminal interface: the start screen, the map of the way to
// a WorkSpace, the verdict, and everything behind it. It is the only package
// that knows Bubble Tea.
//
// It shows what it is told and decides nothing: the run's events and its report
// come through the functions of Deps, and so does everything that touches a
// file, a clock or the network. Start with Run, or with Plain, which tells the
// same in lines for screen readers.
//
// There is one model (model.go) and a file for every screen. A screen is drawn
// on a canvas of cells (canvas.go), which is also where text is cleaned and
// where ASCII takes the place of what an old console cannot show. The map is a
// table of boxes and links for each vantage (scheme.go); states come from the
// report's layers, and while a run lasts from what was answered so far
// (facts.go). The key table that handles keys also makes the help (keys.go).
package tui

// Package chart is the map of the way that a report speaks of, as data: which boxes
// there are and how they are joined (Scheme, one for each vantage), what the
// observations say of them (Facts), and the state of each at one moment (Board). Every
// renderer that draws the way draws this.
//
// It judges nothing: what the report says of a layer is the state of its box. Names are
// those of the catalogue, under tui.box, tui.spoke, tui.word and tui.state.
package chart

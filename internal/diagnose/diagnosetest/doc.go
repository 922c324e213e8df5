// Package diagnosetest draws worlds for the tests of a judgement: what a run observes
// where everything is fine, at a desk (Healthy) and inside a WorkSpace (HealthyInside),
// and methods that spoil one thing each. Its tables of cases hold for every rule a
// world in which it fires and that of its nearest rival.
package diagnosetest

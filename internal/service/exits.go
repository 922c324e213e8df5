package service

import (
	"slices"
	"strconv"

	"wsdoctor/internal/layer"
)

// diagnoses are the exit codes with which a watch ends as it should.
func diagnoses() (codes []string) {
	all := []int{layer.ExitDegraded, layer.ExitInconclusive, layer.ExitInterrupted, layer.ExitAsFarAsSeen}
	for _, l := range layer.All {
		all = append(all, l.Exit)
	}
	slices.Sort(all)
	for _, code := range slices.Compact(all) {
		codes = append(codes, strconv.Itoa(code))
	}
	return codes
}

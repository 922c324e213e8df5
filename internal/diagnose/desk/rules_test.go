package desk

import (
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
)

func TestEveryRuleIsComplete(t *testing.T) { diagnosetest.CompleteRows(t, rules(), false) }

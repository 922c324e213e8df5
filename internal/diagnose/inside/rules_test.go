package inside

import (
	"testing"

	"wsdoctor/internal/diagnose/diagnosetest"
)

func TestEveryRuleIsComplete(t *testing.T) { diagnosetest.CompleteRows(t, rules(), true) }

package path_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The namespaces of the test with the real kernel last as long as its process.
		goleak.IgnoreTopFunction("wsdoctor/internal/lab/netns.(*Space).live"),
		goleak.IgnoreAnyFunction("wsdoctor/internal/lab/netns.Wire.carry"),
		goleak.IgnoreAnyFunction("wsdoctor/internal/lab/netns.Wire.carry.func1"))
}

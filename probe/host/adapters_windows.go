package host

import (
	"context"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

const (
	// adapterBuffer is the size Microsoft recommends to begin with; the call
	// says how much it needs if that is not enough.
	adapterBuffer = 15 << 10
	adapterTries  = 3
	adapterMax    = 8 << 20
)

func readAdapters(ctx context.Context) ([]link, error) {
	size := uint32(adapterBuffer)
	for range adapterTries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		buffer := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&buffer[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC,
			windows.GAA_FLAG_SKIP_ANYCAST|windows.GAA_FLAG_SKIP_MULTICAST|windows.GAA_FLAG_INCLUDE_GATEWAYS, 0, first, &size)
		if err == windows.ERROR_BUFFER_OVERFLOW && size <= adapterMax {
			continue
		}
		if err == windows.ERROR_NO_DATA {
			return []link{}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list adapters: %w", err)
		}
		links, err := parseAdapters(buffer, uint64(uintptr(unsafe.Pointer(first))))
		if err != nil {
			return links, fmt.Errorf("list adapters: %w", err)
		}
		return links, nil
	}
	return nil, fmt.Errorf("list adapters: %w", windows.ERROR_BUFFER_OVERFLOW)
}

package wireless

import (
	"context"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// thisSystem asks nl80211, which every user may. A kernel without it has no Wi-Fi.
func thisSystem(ctx context.Context) ([]probe.WirelessLink, error) {
	handle, err := netlink.NewHandle(unix.NETLINK_GENERIC)
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	if err := handle.SetSocketTimeout(patience); err != nil {
		return nil, err
	}
	families, err := handle.GenlFamilyList()
	if err != nil {
		return nil, err
	}
	for _, f := range families {
		if strings.TrimRight(f.Name, "\x00") == "nl80211" {
			return askFamily(ctx, f.ID)
		}
	}
	return nil, nil
}

func askFamily(ctx context.Context, family uint16) ([]probe.WirelessLink, error) {
	socket, err := nl.Subscribe(unix.NETLINK_GENERIC)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	limit := unix.NsecToTimeval(patience.Nanoseconds())
	if err := socket.SetReceiveTimeout(&limit); err != nil {
		return nil, err
	}
	dump := func(command uint8, index uint32, each func([]byte)) error {
		request := nl.NewNetlinkRequest(int(family), unix.NLM_F_DUMP)
		request.Sockets = map[int]*nl.SocketHandle{unix.NETLINK_GENERIC: {Socket: socket}}
		request.AddData(&nl.Genlmsg{Command: command})
		if index != 0 {
			request.AddData(nl.NewRtAttr(attrIndex, nl.Uint32Attr(index)))
		}
		return request.ExecuteIter(unix.NETLINK_GENERIC, 0, func(message []byte) bool {
			if len(message) >= nl.SizeofGenlmsg {
				each(message[nl.SizeofGenlmsg:])
			}
			return ctx.Err() == nil
		})
	}
	var found []wifi
	if err := dump(cmdGetInterface, 0, func(b []byte) {
		if w, used := parseInterface(b); used && len(found) < mostLinks {
			found = append(found, w)
		}
	}); err != nil {
		return nil, err
	}
	var links []probe.WirelessLink
	for _, w := range found {
		err := dump(cmdGetStation, w.index, func(b []byte) { w.link.SignalDBM = parseSignal(b) })
		links = append(links, w.link)
		if err != nil {
			return links, err
		}
	}
	return links, nil
}

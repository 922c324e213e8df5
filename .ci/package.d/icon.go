//go:build ignore

// Command icon draws the program's icon, a way whose last leg is broken: one PNG of
// each size that Windows shows, and one .ico of all of them. Usage: go run icon.go DIR
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"math"
	"os"
	"path/filepath"
)

var (
	ground = color.NRGBA{0x17, 0x2a, 0x3a, 0xff}
	fine   = color.NRGBA{0x4c, 0xc3, 0x8a, 0xff}
	broken = color.NRGBA{0xf2, 0x6d, 0x5b, 0xff}
)

// shape is drawn where inside is negative; its measures are parts of the picture's side.
type shape struct {
	ink    color.NRGBA
	inside func(x, y float64) float64
}

var shapes = []shape{
	{ground, func(x, y float64) float64 { // a square with round corners
		dx, dy := max(math.Abs(x-.5)-.28, 0), max(math.Abs(y-.5)-.28, 0)
		return math.Hypot(dx, dy) - .2
	}},
	{fine, line(.2, .5, .5, .5, .035)},
	{broken, line(.66, .4, .84, .6, .04)},
	{broken, line(.66, .6, .84, .4, .04)},
	{fine, disc(.2, .5, .09)},
	{fine, disc(.46, .5, .09)},
}

func disc(cx, cy, r float64) func(x, y float64) float64 {
	return func(x, y float64) float64 { return math.Hypot(x-cx, y-cy) - r }
}

func line(ax, ay, bx, by, r float64) func(x, y float64) float64 {
	return func(x, y float64) float64 {
		dx, dy := bx-ax, by-ay
		t := min(max(((x-ax)*dx+(y-ay)*dy)/(dx*dx+dy*dy), 0), 1)
		return math.Hypot(x-ax-t*dx, y-ay-t*dy) - r
	}
}

func draw(side int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for py := range side {
		for px := range side {
			x, y := (float64(px)+.5)/float64(side), (float64(py)+.5)/float64(side)
			for _, s := range shapes {
				// An edge of one pixel, for smoothness.
				if cover := min(max(.5-s.inside(x, y)*float64(side), 0), 1); cover > 0 {
					img.SetNRGBA(px, py, over(img.NRGBAAt(px, py), s.ink, cover))
				}
			}
		}
	}
	return img
}

func over(below, ink color.NRGBA, cover float64) color.NRGBA {
	if below.A == 0 {
		ink.A = uint8(255 * cover)
		return ink
	}
	mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-cover) + float64(b)*cover) }
	return color.NRGBA{mix(below.R, ink.R), mix(below.G, ink.G), mix(below.B, ink.B), max(below.A, uint8(255*cover))}
}

func main() {
	dir := os.Args[1]
	var pictures [][]byte
	for _, side := range sides {
		var b bytes.Buffer
		if err := png.Encode(&b, draw(side)); err != nil {
			log.Fatal(err)
		}
		pictures = append(pictures, b.Bytes())
		write(filepath.Join(dir, fmt.Sprintf("icon%d.png", side)), b.Bytes())
	}
	write(filepath.Join(dir, "wsdoctor.ico"), ico(pictures))
}

var sides = []int{16, 32, 48, 256}

// ico is a directory of pictures, then the pictures (Windows Vista and later read
// PNG in them). A side of 256 is written as 0, which the conversion does.
func ico(pictures [][]byte) []byte {
	head := binary.LittleEndian.AppendUint16([]byte{0, 0, 1, 0}, uint16(len(pictures)))
	at := len(head) + 16*len(pictures)
	for i, p := range pictures {
		head = append(head, byte(sides[i]), byte(sides[i]), 0, 0, 1, 0, 32, 0)
		head = binary.LittleEndian.AppendUint32(head, uint32(len(p)))
		head = binary.LittleEndian.AppendUint32(head, uint32(at))
		at += len(p)
	}
	return append(head, bytes.Join(pictures, nil)...)
}

func write(name string, b []byte) {
	if err := os.WriteFile(name, b, 0o644); err != nil {
		log.Fatal(err)
	}
}

package pages

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"chokepoint/server"
)

// The size of the image that stands for a page where a link to it is shown, and its margin.
const (
	cardWidth, cardHeight, cardMargin = 1200, 630, 64
	cardFacts                         = 3
)

var (
	cardInk  = color.RGBA{0x17, 0x21, 0x2b, 0xff}
	cardSoft = color.RGBA{0x52, 0x61, 0x6f, 0xff}
	cardBlue = color.RGBA{0x14, 0x50, 0x7a, 0xff}
	cardMark = color.RGBA{0xff, 0xe9, 0xa8, 0xff}
)

// typefaces are the fonts of cards, which come with Go.
var typefaces = sync.OnceValue(func() (faces struct{ regular, bold *opentype.Font }) {
	var err error
	if faces.regular, err = opentype.Parse(goregular.TTF); err == nil {
		faces.bold, err = opentype.Parse(gobold.TTF)
	}
	if err != nil {
		panic(err) // they are embedded
	}
	return faces
})

// card is a picture being drawn.
type card struct{ *image.RGBA }

// face is a font at a size in pixels. A face is no business of two goroutines, and is made for each picture.
func face(f *opentype.Font, size float64) font.Face {
	made, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(err) // the options are constant
	}
	return made
}

// text writes lines of at most width from a baseline on, at most most of them, and returns the baseline after them.
func (c card) text(text string, f *opentype.Font, size float64, ink color.Color, x, y, width, most int) int {
	d := font.Drawer{Dst: c, Src: image.NewUniform(ink), Face: face(f, size)}
	for _, line := range cardLines(text, d.Face, width, most) {
		d.Dot = fixed.P(x, y)
		d.DrawString(line)
		y += int(size * 1.25)
	}
	return y
}

// cardLines breaks a text into lines of a width; what does not fit the last is cut, with a sign.
func cardLines(text string, f font.Face, width, most int) (lines []string) {
	fits := func(line string) bool { return font.MeasureString(f, line).Ceil() <= width }
	for _, word := range strings.Fields(text) {
		if n := len(lines); n > 0 && fits(lines[n-1]+" "+word) {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] += " …"
	}
	for i, line := range lines {
		for !fits(line) && line != "" {
			runes := []rune(strings.TrimSuffix(line, " …"))
			line = string(runes[:max(len(runes)-2, 0)]) + " …"
			if len(runes) < 4 {
				break
			}
		}
		lines[i] = line
	}
	return lines
}

// drawCard draws the title of a page, its headline figures and their source.
func drawCard(title string, facts []fact, source string, synthetic bool) ([]byte, error) {
	c := card{image.NewRGBA(image.Rect(0, 0, cardWidth, cardHeight))}
	fill := func(r image.Rectangle, ink color.Color) {
		draw.Draw(c, r, image.NewUniform(ink), image.Point{}, draw.Src)
	}
	fill(c.Bounds(), color.White)
	fill(image.Rect(0, 0, cardWidth, 14), cardBlue)
	fonts := typefaces()
	if synthetic {
		fill(image.Rect(0, 14, cardWidth, 64), cardMark)
		c.text("SYNTHETIC DATA – a made-up world, not real trade", fonts.bold, 26, cardInk, cardMargin, 48, cardWidth-2*cardMargin, 1)
	}
	c.text("Chokepoint", fonts.bold, 30, cardBlue, cardMargin, 118, 400, 1)
	y := c.text(title, fonts.bold, 58, cardInk, cardMargin, 200, cardWidth-2*cardMargin, 2) + 20
	facts = facts[:min(len(facts), cardFacts)]
	wide := (cardWidth - 2*cardMargin) / max(len(facts), 1)
	for i, f := range facts {
		x := cardMargin + i*wide
		fill(image.Rect(x, y-20, x+wide-30, y-17), cardBlue)
		value := strings.TrimSpace(f.Value + " " + f.Unit)
		if f.Mark.Shown() {
			value = strings.TrimSpace(value + " (" + string(f.Mark.Status) + ")")
		}
		at := c.text(f.Label, fonts.regular, 25, cardSoft, x, y+18, wide-30, 2)
		at = c.text(value, fonts.bold, 44, cardInk, x, at+24, wide-30, 1)
		c.text(f.Note, fonts.regular, 22, cardSoft, x, at-10, wide-30, 3)
	}
	c.text(source, fonts.regular, 21, cardSoft, cardMargin, cardHeight-52, cardWidth-2*cardMargin, 2)
	var b bytes.Buffer
	err := png.Encode(&b, c)
	return b.Bytes(), err
}

// pageImage is the picture of a page where a link to it is shown.
func (s site) pageImage(w http.ResponseWriter, r *http.Request) {
	name, found := strings.CutSuffix(r.PathValue("page"), ".png")
	p := pageNamed(name)
	if p == nil || !found || p.name == "brief" {
		s.notFound(w, r)
		return
	}
	v, content, done := s.contentOf(w, r, p)
	defer done()
	if v == nil {
		return
	}
	source := v.server.Program
	if len(v.answers) > 0 {
		source = v.source(v.answers[0])
	}
	picture, err := drawCard(titleOfPage(p, content), factsOf(content), source, v.dataset.Synthetic)
	if err != nil {
		s.Log.Error("image", "page", p.name, "error", err)
		server.NewProblem(http.StatusInternalServerError, "Failed", "the image could not be made; the server's log says why").Write(w)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", s.CacheControl())
	_, _ = w.Write(picture)
}

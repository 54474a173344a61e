package pages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"chokepoint/brief"
	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/study"
)

// briefView is the page of an article whose claims are weighed on the dataset. They come one by one, as they are weighed.
type briefView struct {
	Title  string
	Brief  *brief.Brief
	Others []navigation
	Parts  template.HTML

	request  *pageRequest
	document *brief.Document
	close    func()
	parts    *parts
	now      weighing // of the lock of parts
}

func (b *briefView) pageTitle() string { return b.Title }

func (v *pageRequest) brief() (any, error) {
	name := v.value("article")
	b, err := brief.Get(name)
	if err != nil {
		return nil, server.Wrong(&study.ParameterError{Parameter: "article", Value: name, Err: errors.New(err.Error())})
	}
	view := &briefView{Title: b.Title, Brief: b, Parts: template.HTML(partsMark), request: v}
	for _, other := range brief.Builtin() {
		view.Others = append(view.Others, navigation{other.Title, v.link("/brief", "article", other.ID), other.ID == b.ID})
	}
	return view, view.begin()
}

// begin opens the dataset for what the brief must know of it before it asks.
func (b *briefView) begin() error {
	s := b.request.server
	b.request.ctx = server.Unhurried(b.request.ctx)
	a := &server.Asking{Server: s.Server}
	source, err := a.SourceOf("dataset", b.request.dataset.Name, nil)
	if err != nil {
		a.Close()
		return err
	}
	held := &study.Holdings{Source: source, Limit: b.limit}
	if b.document, err = brief.Begin(b.request.ctx, b.ask, held, b.Brief); err != nil {
		a.Close()
		return err
	}
	b.close = a.Close
	return nil
}

// weighing is what a brief is busy with.
type weighing struct {
	Claim            *brief.Claim // nil between claims
	Number, Done, Of int
	Question         string
	Asked            int
	Waiting          bool // for its turn
	Seconds          int  // since the claim was taken up

	since   time.Time
	changed bool // since the reader was told
}

// note changes what the brief is busy with.
func (b *briefView) note(change func(now *weighing)) {
	b.parts.mu.Lock()
	defer b.parts.mu.Unlock()
	change(&b.now)
	b.now.changed = true
}

// say tells the reader what is going on, where that is new or nothing was heard for a while.
func (b *briefView) say(silence time.Duration) []byte {
	if b.now.Claim == nil || !b.now.changed && silence < beating {
		return nil
	}
	b.now.changed = false
	b.now.Seconds = int(time.Since(b.now.since).Seconds())
	return piece("weighing", &b.now)
}

// ask puts a question for the brief.
func (b *briefView) ask(question string, values map[string]string) (*result.Table, error) {
	var pairs []string
	for name, value := range values {
		pairs = append(pairs, name, value)
	}
	b.note(func(now *weighing) { now.Question, now.Asked = question, now.Asked+1 })
	var a *answer
	err := b.patiently(func() (err error) {
		a, err = b.request.ask(question, pairs...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.Table, nil
}

// limit reads flows when a slot is free.
func (b *briefView) limit(ctx context.Context, read func(context.Context) error) error {
	return b.patiently(func() error {
		if err := b.request.server.Limit(ctx, "brief", read); err != nil {
			return server.ProblemOf(err)
		}
		return nil
	})
}

// pause is how long a brief leaves a busy server alone.
const pause = 200 * time.Millisecond

// patiently asks a busy server again, for as long as what runs there may take: the reader sees the wait, and a brief of many
// questions should not break at one of them.
func (b *briefView) patiently(do func() error) error {
	limits := b.request.server.Limits
	until := time.Now().Add(limits.Time + limits.Wait)
	for {
		err := do()
		var p *server.Problem
		busy := errors.As(err, &p) && p.Busy()
		if busy != b.now.Waiting { // nobody else changes it
			b.note(func(now *weighing) { now.Waiting = busy })
		}
		if !busy || time.Now().After(until) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-b.request.ctx.Done():
			return b.request.ctx.Err()
		}
	}
}

// fill sends the claims, each when it is weighed. One that fails says so in its place, and the others go on.
func (b *briefView) fill(p *parts) error {
	complete := false
	stop := p.keep(b.say)
	defer func() {
		stop()
		if !complete {
			_ = p.send(piece("broken", nil)) // who has left does not read it
		}
	}()
	d := b.document
	for i, c := range b.Brief.Claims {
		b.note(func(now *weighing) {
			*now = weighing{Claim: c, Number: i + 1, Done: i, Of: len(b.Brief.Claims), since: time.Now()}
		})
		f, err := d.Weigh(c)
		if b.request.ctx.Err() != nil {
			return b.request.ctx.Err()
		}
		if err != nil {
			f = d.Fail(c, b.failure(c, err))
		}
		section, err := d.ClaimHTML(f)
		if err != nil {
			return err
		}
		b.note(func(now *weighing) { now.Claim = nil })
		if err := p.send(piece("weighed", map[string]any{"Finding": d.Named(f), "HTML": section})); err != nil {
			return err
		}
	}
	stop()
	complete = true
	return p.send(piece("ended", d))
}

// failure says why a claim could not be weighed.
func (b *briefView) failure(c *brief.Claim, err error) string {
	var p *server.Problem
	if !errors.As(server.ProblemOf(err), &p) {
		return "the server's log says why"
	}
	if p.Cause != nil {
		b.request.server.Log.Error("brief", "article", b.Brief.ID, "claim", c.ID, "error", p.Cause)
	}
	return p.Detail
}

// piece fills a part of the page of a brief.
func piece(name string, data any) []byte {
	var out bytes.Buffer
	if err := templates["brief"].ExecuteTemplate(&out, name, data); err != nil {
		panic(fmt.Errorf("brief, %s: %w", name, err)) // the templates and what they show are ours
	}
	return out.Bytes()
}

// send sends the page.
func (b *briefView) send(w http.ResponseWriter, r *http.Request, f frame) {
	defer b.close()
	b.parts = b.request.server.newParts(w)
	b.request.server.sendParts(b.parts, r, "brief", func() frame {
		about := b.request.about()
		if about.Checksum == "" { // nothing was asked, or not yet
			about.Checksum, about.Program = b.request.dataset.Checksum(), b.request.server.Program
		}
		f.About = &about
		return f
	}, b.fill)
}

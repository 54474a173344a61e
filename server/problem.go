package server

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chokepoint/fault"
	"chokepoint/store"
	"chokepoint/study"
)

// Problem is an error as clients see it: RFC 9457 problem details. The locations of its errors are names of parameters.
type Problem struct {
	huma.ErrorModel
	retry time.Duration // after which to try again; 0 says nothing
	Cause error         `json:"-"` // for the log
}

// Unwrap gives what the log should say.
func (p *Problem) Unwrap() error { return p.Cause }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retry+time.Second-1)/time.Second)))
	}
	return h
}

const busyTitle = "Busy"

// Busy says that the same may be asked again soon.
func (p *Problem) Busy() bool { return p.Title == busyTitle }

// statusCancelled is what logs and metrics show for a request whose client went away; nobody receives it.
const statusCancelled = 499

func NewProblem(status int, title, detail string) *Problem {
	return &Problem{ErrorModel: huma.ErrorModel{Title: title, Status: status, Detail: detail}}
}

// outageTime is after what time clients are told to ask again where the engine does not answer.
const outageTime = 10 * time.Second

// engineError is a failure of the engine, not of the question.
type engineError interface {
	error
	Outage() bool  // the same question may be answered later
	TooMuch() bool // a smaller question may be answered
}

// ProblemOf says what an error of a computation means to the client: what is not known as a mistake of the asker is a failure. Paths and other matters of the server stay in the log.
func ProblemOf(err error) error {
	var known *Problem
	var busy *busyError
	var slow *slowError
	var spilled *spoolError
	var damaged *store.DamagedError
	var closed *damagedDataset
	var path *fs.PathError
	var failed engineError
	var thrown *fault.Error
	var wrong *fault.QuestionError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &thrown) && !thrown.Memory():
		p := NewProblem(http.StatusInternalServerError, "Failed", "this is a bug in the program, not an error in your question; the server's log says more")
		p.Cause = err
		return p
	case errors.As(err, &busy):
		p := NewProblem(http.StatusServiceUnavailable, busyTitle, err.Error())
		p.retry = max(busy.wait/2, time.Second)
		return p
	case errors.As(err, &spilled):
		p := NewProblem(http.StatusServiceUnavailable, "Not now", "there is no room to hold the answer while it is sent; ask again later, the server's log says why")
		p.retry, p.Cause = outageTime, err
		return p
	case errors.As(err, &slow):
		return NewProblem(http.StatusUnprocessableEntity, "Too much at once", err.Error())
	case errors.Is(err, context.Canceled):
		return NewProblem(statusCancelled, "Cancelled", "the request was cancelled")
	case errors.As(err, &failed) && failed.TooMuch():
		p := NewProblem(http.StatusUnprocessableEntity, "Too much at once", "the answer needs more than the database allows; ask for fewer years, importers, partners or products")
		p.Cause = err
		return p
	case errors.As(err, &failed) && failed.Outage():
		p := NewProblem(http.StatusServiceUnavailable, "Not now", "the database does not answer; ask again later, the server's log says why")
		p.retry, p.Cause = outageTime, err
		return p
	case errors.As(err, &failed):
		p := NewProblem(http.StatusInternalServerError, "Failed", "the database cannot answer; the server's log says why")
		p.Cause = err
		return p
	case errors.As(err, &closed):
		p := NewProblem(http.StatusInternalServerError, "Damaged", "the dataset "+closed.name+" is damaged and was closed: its files have changed since they were written. "+
			"Other datasets are available; this one will be once the server's administrator has ingested it again. The server's log names the file")
		p.Cause = err
		return p
	case errors.As(err, &thrown), errors.As(err, &damaged), errors.As(err, &path), errors.Is(err, context.DeadlineExceeded):
		p := NewProblem(http.StatusInternalServerError, "Failed", "the dataset could not be read; the server's log says why")
		p.Cause = err
		return p
	case errors.As(err, &wrong):
		p := NewProblem(http.StatusUnprocessableEntity, "Cannot be answered", Shortened(err.Error()))
		if of := new(study.ParameterError); errors.As(err, &of) { // a form shows it at its field
			p.Errors = append(p.Errors, &huma.ErrorDetail{Message: Shortened(of.Err.Error()), Location: of.Parameter, Value: Shortened(of.Value)})
		}
		return p
	}
	p := NewProblem(http.StatusInternalServerError, "Failed", "this is a failure of the program, not an error in your question; the server's log says more")
	p.Cause = err
	return p
}

// Write sends a problem where huma does not.
func (p *Problem) Write(w http.ResponseWriter) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(&p.ErrorModel) // a client that has gone away needs no problem
}

package server

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// rolling writes an answer in parts, each with its own deadline, so that a long download lives as long as its reader does.
type rolling struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	read time.Duration // for the client to read a part
}

// Write implements io.Writer.
func (r *rolling) Write(p []byte) (int, error) {
	_ = r.rc.SetWriteDeadline(time.Now().Add(r.read)) // a writer without deadlines, as in tests, needs none
	return r.w.Write(p)
}

// stream is an answer that is written while it is rendered.
func (s *Server) stream(etag string, f *format, name string, headers http.Header, write func(w io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		h := w.Header()
		for key, values := range headers {
			h[key] = values
		}
		h.Set("Content-Type", f.MediaType)
		h.Set("Cache-Control", s.CacheControl())
		h.Add("Vary", "Accept")
		if etag != "" {
			h.Set("ETag", etag)
		}
		if f.file {
			h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+f.Ending))
		}
		if r.Method == http.MethodHead {
			return
		}
		out := bufio.NewWriterSize(&rolling{w, http.NewResponseController(w), s.Limits.Read}, 64<<10)
		err := write(out)
		if err == nil {
			err = out.Flush()
		}
		if err != nil && r.Context().Err() == nil {
			s.Log.Warn("answer broken off", "path", r.URL.Path, "error", err)
			panic(http.ErrAbortHandler) // a half answer must not look like a whole one
		}
	}}
}

// CacheControl lets clients keep answers and ask whether they still hold; behind a token nobody in between keeps them.
func (s *Server) CacheControl() string {
	if s.Token != "" {
		return "private, no-cache"
	}
	return "no-cache"
}

func (s *Server) notModified(etag string) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("ETag", etag)
		ctx.SetHeader("Cache-Control", s.CacheControl())
		ctx.AppendHeader("Vary", "Accept")
		ctx.SetStatus(http.StatusNotModified)
	}}
}

// MatchesETag says whether If-None-Match names the tag; tags are weak, since the answer may be compressed.
func MatchesETag(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || tag != "" && strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// constant answers with bytes that never change while the program runs.
func constant(mediaType string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(body)
	})
}

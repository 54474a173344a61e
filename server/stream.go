package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// spoolWait is after what time clients are told to ask again where there is no room for their answer.
const spoolWait = 10 * time.Second

// response is an answer that is rendered and ready to be sent; nil is one that only its headers are asked of.
func (s *Server) response(etag string, f *format, name string, headers http.Header, body io.WriterTo) *huma.StreamResponse {
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
		if sp, ok := body.(*spool); ok {
			defer sp.Close()
			h.Set("Content-Length", strconv.FormatInt(sp.length, 10))
		}
		if r.Method == http.MethodHead || body == nil {
			return
		}
		if _, err := body.WriteTo(w); err != nil {
			if r.Context().Err() == nil {
				s.Log.Warn("answer broken off", "path", r.URL.Path, "client", clientIn(r.Context()), "error", err)
			}
			panic(http.ErrAbortHandler) // a half answer must not look like a whole one
		}
	}}
}

// spooled renders an answer into a spool.
func (s *Server) spooled(ctx context.Context, write func(w io.Writer) error) (*spool, error) {
	sp := s.newSpool(ctx)
	out := bufio.NewWriterSize(sp, partSize)
	err := write(out)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		sp.Close()
		return nil, err
	}
	return sp, nil
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

package download

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Fetcher downloads archives. The zero value is ready: it goes through the system's proxy (HTTPS_PROXY, NO_PROXY).
type Fetcher struct {
	Client   *http.Client
	Attempts int           // without a byte between them before it gives up; 0: 5
	Pause    time.Duration // before the second attempt, doubled before each further one; 0: 2 s
	Idle     time.Duration // without a byte before a connection counts as cut; 0: 1 minute
	MaxWait  time.Duration // that a server may ask for (Retry-After); 0: 10 minutes

	Progress func(done, total int64) // total is 0 where the server does not say
	Say      func(text string)       // what it waits for
}

// Record is what is kept beside an archive: where it comes from, and on what terms.
type Record struct {
	File         string    `json:"file"`
	Address      string    `json:"address"` // after redirects
	Fetched      time.Time `json:"fetched"`
	Bytes        int64     `json:"bytes"`
	SHA256       string    `json:"sha256"`
	LastModified string    `json:"last_modified,omitempty"`
	ETag         string    `json:"etag,omitempty"`
	Licence      string    `json:"licence"`
	Citation     string    `json:"citation"`
	Page         string    `json:"page"`
}

// RefusedError is an answer that trying again would not change.
type RefusedError struct {
	Address, Reason string
	NotThere        bool // no such file
}

func (e *RefusedError) Error() string { return e.Address + ": " + e.Reason }

// part is a download that is not complete. The headers tell whether the server still has the same file.
type part struct {
	path    string
	headers struct {
		Address, ETag, LastModified string
		Total                       int64 // 0: not known
	}
}

func (p *part) size() int64 {
	info, err := os.Stat(p.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (p *part) remove() error {
	err := errors.Join(os.Remove(p.path), os.Remove(p.path+".json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// Fetch downloads an archive into a folder and returns its path. A download that was cut off before goes on where it ended. The file
// has its name only when its length and its contents are right; NAME.zip.source.json then says where it comes from.
func (f *Fetcher) Fetch(ctx context.Context, a *Archive, folder string) (path string, err error) {
	path = filepath.Join(folder, a.Name)
	if _, err := os.Stat(path); err == nil {
		if _, err := a.Check(ctx, path, f.progress()); err != nil {
			return "", fmt.Errorf("%w; it was there before: remove it, and ask again", err)
		}
		return path, nil
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return "", err
	}
	lock := flock.New(path + ".lock")
	if held, err := lock.TryLock(); err != nil || !held {
		return "", errors.Join(fmt.Errorf("%s: another download of it is under way", path), err)
	}
	defer os.Remove(path + ".lock")
	defer lock.Unlock()
	p := &part{path: path + ".part"}
	if text, err := os.ReadFile(p.path + ".json"); err != nil || json.Unmarshal(text, &p.headers) != nil {
		if err := p.remove(); err != nil { // nothing tells of which file it is a part
			return "", err
		}
	}
	if err := f.complete(ctx, a, p); err != nil {
		return "", err
	}
	sum, err := a.Check(ctx, p.path, f.progress())
	if err != nil {
		if ctx.Err() == nil {
			err = errors.Join(err, p.remove())
		}
		return "", err
	}
	r := Record{File: a.Name, Address: p.headers.Address, Fetched: time.Now().UTC().Truncate(time.Second), Bytes: p.size(), SHA256: sum,
		ETag: p.headers.ETag, LastModified: p.headers.LastModified, Licence: a.Source.Licence, Citation: a.Source.Citation, Page: a.Source.Page}
	text, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = os.WriteFile(path+".source.json", append(text, '\n'), 0o666)
	}
	if err == nil {
		err = os.Rename(p.path, path)
	}
	os.Remove(p.path + ".json")
	return path, err
}

func (f *Fetcher) progress() func(done, total int64) {
	if f.Progress == nil {
		return func(int64, int64) {}
	}
	return f.Progress
}

// complete asks for what is missing of a part, again and again while that helps.
func (f *Fetcher) complete(ctx context.Context, a *Archive, p *part) error {
	attempts, first := orElse(f.Attempts, 5), orElse(f.Pause, 2*time.Second)
	pause, failed := first, 0
	for {
		before := p.size()
		wait, err := f.ask(ctx, a, p)
		var refused *RefusedError
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &refused):
			return err
		case p.size() > before:
			failed, pause = 0, first // it goes on, if slowly
		default:
			failed++
		}
		if failed >= attempts {
			return fmt.Errorf("%w; gave up after %d attempts. What has come so far is kept: the same command continues from there", err, attempts)
		}
		wait = max(wait, pause)
		f.say(fmt.Sprintf("%v; trying again in %s", err, wait.Round(time.Millisecond)))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause *= 2
	}
}

func (f *Fetcher) say(text string) {
	if f.Say != nil {
		f.Say(text)
	}
}

func orElse[T comparable](x, standard T) T {
	var zero T
	if x == zero {
		return standard
	}
	return x
}

// ask makes one request for what is missing. wait is how long the server asks to be left alone.
func (f *Fetcher) ask(ctx context.Context, a *Archive, p *part) (wait time.Duration, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := orElse(f.Idle, time.Minute)
	silent := time.AfterFunc(idle, func() { cancel(fmt.Errorf("no byte for %s", idle)) })
	defer silent.Stop()
	have := p.size()
	resp, err := f.send(ctx, a, p, have)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return 0, fmt.Errorf("%s: %w", a.Address, err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		have = 0
	case http.StatusPartialContent:
	case http.StatusRequestedRangeNotSatisfiable:
		if total := totalOf(resp); total > 0 && total == have {
			return 0, nil
		}
		return 0, errors.Join(fmt.Errorf("%s: the part that is here is not one of the file there; starting again", a.Address), p.remove())
	default:
		return f.refused(a, resp)
	}
	if err := notZip(a, resp); err != nil {
		return 0, err
	}
	total, err := lengthOf(resp, have, p.headers.Total)
	if err != nil {
		return 0, errors.Join(fmt.Errorf("%s: %w; starting again", a.Address, err), p.remove())
	}
	p.headers.Total = total
	return 0, f.append(ctx, a, p, resp, have, func() { silent.Reset(idle) })
}

// send asks for the file from byte have on, if it is still the file that the part is of.
func (f *Fetcher) send(ctx context.Context, a *Archive, p *part, have int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "chokepoint (fetch baci)")
	req.Header.Set("Accept-Encoding", "identity") // lengths are of the file
	same := orElse(strongTag(p.headers.ETag), p.headers.LastModified)
	if have > 0 && (same != "" || p.headers.Total > 0) {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	if have > 0 && same != "" {
		req.Header.Set("If-Range", same)
	}
	client := http.Client{}
	if f.Client != nil {
		client = *f.Client
	}
	client.CheckRedirect = func(to *http.Request, via []*http.Request) error {
		if len(via) >= 10 {
			return &RefusedError{Address: a.Address, Reason: "it redirects without end"}
		}
		if to.URL.Scheme != "https" && via[0].URL.Scheme == "https" {
			return &RefusedError{Address: a.Address, Reason: fmt.Sprintf("it redirects to %s, which is not https", to.URL)}
		}
		return nil
	}
	resp, err := client.Do(req)
	var refused *RefusedError
	if errors.As(err, &refused) {
		return nil, refused
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return resp, err
}

// strongTag is an ETag that promises equal bytes.
func strongTag(tag string) string {
	if strings.HasPrefix(tag, "W/") {
		return ""
	}
	return tag
}

// refused says what a status that is no success means.
func (f *Fetcher) refused(a *Archive, resp *http.Response) (wait time.Duration, err error) {
	status := fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	switch code := resp.StatusCode; {
	case code == http.StatusNotFound || code == http.StatusGone:
		return 0, &RefusedError{a.Address, fmt.Sprintf("%s: there is no such file. The newest release known here is %s (as of %s); %s lists those that there are, and --release takes another",
			status, a.Source.Newest, a.Source.Date, a.Source.Page), true}
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		wait := retryAfter(resp.Header.Get("Retry-After"), time.Now())
		if limit := orElse(f.MaxWait, 10*time.Minute); wait > limit {
			return 0, &RefusedError{Address: a.Address, Reason: fmt.Sprintf("%s: the server asks to come back in %s; what has come so far is kept", status, wait.Round(time.Second))}
		}
		return wait, fmt.Errorf("%s: %s", a.Address, status)
	case code >= 500 || code == http.StatusRequestTimeout:
		return 0, fmt.Errorf("%s: %s", a.Address, status)
	}
	return 0, &RefusedError{Address: a.Address, Reason: fmt.Sprintf("%s. %s has the files; --from-folder takes one that you have", status, a.Source.Page)}
}

// retryAfter reads the header of that name: seconds, or a date. 0 is none.
func retryAfter(text string, now time.Time) time.Duration {
	if s, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
		return time.Duration(min(max(s, 0), 1e6)) * time.Second
	}
	if t, err := http.ParseTime(text); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}

// notZip refuses a page in the place of the file, which a proxy or a site that is being mended may send as if all were well.
func notZip(a *Archive, resp *http.Response) error {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if strings.HasPrefix(kind, "text/") {
		return &RefusedError{Address: a.Address, Reason: fmt.Sprintf("the server sent %s in place of a zip: a page that says something to people. Open the address, or %s, in a browser", kind, a.Source.Page)}
	}
	return nil
}

// totalOf is the length of the whole file by Content-Range, 0 where it does not say.
func totalOf(resp *http.Response) int64 {
	_, text, _ := strings.Cut(resp.Header.Get("Content-Range"), "/")
	total, _ := strconv.ParseInt(text, 10, 64)
	return max(total, 0)
}

// lengthOf is the length of the whole file, 0 where the server does not say. A range that does not go on from byte have, or is of a
// file of another length than before, is an error.
func lengthOf(resp *http.Response, have, before int64) (int64, error) {
	if resp.StatusCode == http.StatusOK {
		return max(resp.ContentLength, 0), nil
	}
	given := resp.Header.Get("Content-Range")
	if !strings.HasPrefix(given, fmt.Sprintf("bytes %d-", have)) {
		return 0, fmt.Errorf("asked for bytes from %d on, the server sent %q", have, given)
	}
	total := totalOf(resp)
	if before > 0 && total > 0 && total != before {
		return 0, fmt.Errorf("the file had %d bytes and has %d now", before, total)
	}
	return total, nil
}

// append writes what the server sends behind the first have bytes.
func (f *Fetcher) append(ctx context.Context, a *Archive, p *part, resp *http.Response, have int64, heard func()) (err error) {
	p.headers.Address, p.headers.ETag, p.headers.LastModified = resp.Request.URL.String(), resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	text, err := json.Marshal(p.headers)
	if err == nil {
		err = os.WriteFile(p.path+".json", text, 0o666)
	}
	if err != nil {
		return &RefusedError{Address: p.path, Reason: err.Error()}
	}
	out, err := os.OpenFile(p.path, os.O_CREATE|os.O_WRONLY, 0o666)
	if err == nil {
		err = out.Truncate(have)
	}
	if err != nil {
		return &RefusedError{Address: p.path, Reason: err.Error()}
	}
	defer out.Close()
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return err
	}
	buffer := make([]byte, 256<<10)
	for {
		n, readErr := resp.Body.Read(buffer)
		if n > 0 {
			heard()
			if _, err := out.Write(buffer[:n]); err != nil {
				return &RefusedError{Address: p.path, Reason: err.Error()} // a full disk does not mend itself
			}
			have += int64(n)
			f.progress()(have, p.headers.Total)
		}
		switch {
		case readErr == nil:
			continue
		case !errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF):
			if cause := context.Cause(ctx); cause != nil {
				readErr = cause
			}
			return errors.Join(fmt.Errorf("%s: cut off after %d of %s bytes: %w", a.Address, have, orUnknown(p.headers.Total), readErr), out.Close())
		case p.headers.Total > 0 && have != p.headers.Total:
			return errors.Join(fmt.Errorf("%s: %d bytes came, the server announced %d", a.Address, have, p.headers.Total), out.Close())
		}
		return errors.Join(out.Sync(), out.Close())
	}
}

func orUnknown(n int64) string {
	if n == 0 {
		return "unknown"
	}
	return strconv.FormatInt(n, 10)
}

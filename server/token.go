package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"chokepoint/textfile"
)

// TokenVariable is the environment variable with the token that requests must bring.
const TokenVariable = "CHOKEPOINT_TOKEN"

// minToken is the length below which a token could be guessed.
const minToken = 16

// maxTokenFile bounds the file that holds one.
const maxTokenFile = 1 << 12

// ReadToken reads the token from a file or, where file is empty, from the environment; "" is none.
func ReadToken(file string) (string, error) {
	token, from := os.Getenv(TokenVariable), "environment variable "+TokenVariable
	if file != "" {
		data, err := textfile.Read(file, maxTokenFile)
		if err != nil {
			return "", fmt.Errorf("token: %w", err)
		}
		token, from = strings.TrimSpace(string(data)), file
		if token == "" {
			return "", fmt.Errorf("token: %s is empty; expected at least %d characters, for example from `openssl rand -hex 24`", file, minToken)
		}
	}
	if token != "" && len(token) < minToken {
		return "", fmt.Errorf("token: %s has %d characters; expected at least %d, for example from `openssl rand -hex 24`", from, len(token), minToken)
	}
	return token, nil
}

// sessions makes and checks the cookies of those who have shown the token in the form. A cookie is an expiry date and its
// seal; the key lives as long as the process.
type sessions struct {
	token [sha256.Size]byte
	key   [32]byte
	tries *clients
}

const (
	cookieName    = "chokepoint_session"
	sessionLength = 12 * time.Hour
)

func newSessions(token string) *sessions {
	s := &sessions{token: sha256.Sum256([]byte(token)), tries: newClients(0.2, 5)}
	_, _ = rand.Read(s.key[:]) // never fails
	return s
}

// isToken compares in constant time.
func (s *sessions) isToken(text string) bool {
	sum := sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(sum[:], s.token[:]) == 1
}

func (s *sessions) seal(expires string) string {
	h := hmac.New(sha256.New, s.key[:])
	h.Write([]byte(expires))
	return hex.EncodeToString(h.Sum(nil))
}

// cookie comes along also where a link in a mail leads here; checkOrigin refuses what else another site may ask for.
func (s *sessions) cookie(now time.Time, secure bool) *http.Cookie {
	expires := strconv.FormatInt(now.Add(sessionLength).Unix(), 10)
	return &http.Cookie{Name: cookieName, Value: expires + "." + s.seal(expires), Path: "/", MaxAge: int(sessionLength.Seconds()),
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
}

func (s *sessions) valid(cookie string, now time.Time) bool {
	expires, seal, _ := strings.Cut(cookie, ".")
	if subtle.ConstantTimeCompare([]byte(seal), []byte(s.seal(expires))) != 1 {
		return false
	}
	at, err := strconv.ParseInt(expires, 10, 64)
	return err == nil && now.Unix() < at && at <= now.Add(sessionLength).Unix() // no longer where the clock was set back
}

// open are the paths that need no token: none of them says anything about data.
func openPath(path string) bool {
	return path == "/healthz" || path == "/login" || strings.HasPrefix(path, "/assets/")
}

// authenticate asks for the token, as bearer or as the cookie of the form.
func (s *Server) authenticate(next http.Handler) http.Handler {
	if s.Token == "" {
		return s.private(next)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		isBearer := strings.EqualFold(scheme, "Bearer")
		cookie, _ := r.Cookie(cookieName)
		switch {
		case openPath(r.URL.Path), isBearer && s.sessions.isToken(bearer), cookie != nil && s.sessions.valid(cookie.Value, time.Now()):
			next.ServeHTTP(w, r)
			return
		case isBearer:
			if reservation := s.sessions.tries.of(r).Reserve(); reservation.Delay() > 0 {
				p := NewProblem(http.StatusTooManyRequests, "Too many requests", "too many wrong tokens")
				p.retry = reservation.Delay()
				reservation.Cancel()
				p.Write(w)
				return
			}
		}
		if s.site.Login != nil && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
			return
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="chokepoint"`)
		NewProblem(http.StatusUnauthorized, "Token required", "expected the header Authorization: Bearer TOKEN, or the form at /login").Write(w)
	})
}

// private keeps the figures of the process from strangers where everybody may read the data.
func (s *Server) private(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/metrics" && !s.Local && (!addressIn(r).IsLoopback() || s.handedOn(r)) {
			NewProblem(http.StatusForbidden, "Forbidden", "/metrics of a public server is for this computer alone").Write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) loginRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		s.site.Login(w, r, http.StatusOK, localPath(r.URL.Query().Get("next")), "")
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		next := localPath(r.PostFormValue("next"))
		reservation := s.sessions.tries.of(r).Reserve()
		if wait := reservation.Delay(); wait > 0 {
			reservation.Cancel()
			w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
			s.site.Login(w, r, http.StatusTooManyRequests, next, "Too many tries. Wait a little.")
			return
		}
		if s.Token == "" || !s.sessions.isToken(strings.TrimSpace(r.PostFormValue("token"))) {
			s.site.Login(w, r, http.StatusUnauthorized, next, "This is not the token.")
			return
		}
		http.SetCookie(w, s.sessions.cookie(time.Now(), s.Encrypted(r)))
		http.Redirect(w, r, next, http.StatusSeeOther)
	})
}

// localPath is where to go after the form: never to another site.
func localPath(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(text, "/") || strings.HasPrefix(u.Path, "//") || strings.ContainsAny(text, "\\\r\n") {
		return "/"
	}
	return u.RequestURI()
}

// health says that the server answers, and whether it has something to answer from.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	list, err := s.Datasets.Manifests()
	if err != nil && len(list) == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "the datasets cannot be read")
		return
	}
	fmt.Fprintln(w, "ok")
}

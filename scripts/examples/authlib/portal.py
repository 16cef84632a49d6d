"""A portal in Python with Authlib (Debian: python3-authlib, python3-requests) and nothing else.

What is asked of the surroundings: CLIENT_ID and CLIENT_SECRET, of client.json once it is registered.
"""
import json
import os
import secrets
import time
from html import escape
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode
from wsgiref.simple_server import WSGIRequestHandler, make_server

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oidc.core import CodeIDToken

ISSUER = os.environ.get('ISSUER', 'http://localhost:3000')
PORT = int(os.environ.get('PORT', '4002'))
PORTAL = os.environ.get('PORTAL', f'http://localhost:{PORT}')
CLIENT_ID = os.environ['CLIENT_ID']
SUBSTANTIAL = 'http://eidas.europa.eu/LoA/substantial'
LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

provider = requests.get(f'{ISSUER}/.well-known/openid-configuration', timeout=5).json()
# Named: a token must not choose how it is checked.
jwt = JsonWebToken(['ES256'])
requests_under_way = {}
sessions = {}


def client(**token):
    return OAuth2Session(
        CLIENT_ID, os.environ['CLIENT_SECRET'], redirect_uri=f'{PORTAL}/callback',
        scope='openid profile email offline_access', code_challenge_method='S256', **token)


def provider_keys():
    """Fetched anew each time here; a portal keeps them, and fetches them again when it meets an unknown kid."""
    return JsonWebKey.import_key_set(requests.get(provider['jwks_uri'], timeout=5).json())


def log_in(_query, _session):
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    requests_under_way[state] = (nonce, verifier)
    # offline_access, and with it a refresh token, is given when the person is asked: prompt=consent.
    address, _ = client().create_authorization_url(
        provider['authorization_endpoint'], state=state, nonce=nonce, code_verifier=verifier,
        acr_values=SUBSTANTIAL, prompt='consent')
    return redirect(address)


def come_back(query, _session):
    # Whatever comes back must belong to a request of ours and come from our provider (RFC 9207).
    nonce, verifier = requests_under_way.pop(query.get('state'), (None, None))
    if verifier is None or query.get('iss') != ISSUER:
        return page('400 Bad Request', 'This login is over. Please begin again.')
    if 'error' in query:
        return page('403 Forbidden', query['error'])
    with client() as session:
        tokens = session.fetch_token(
            provider['token_endpoint'], grant_type='authorization_code', code=query['code'], code_verifier=verifier)
        claims = id_token_claims(tokens, nonce)
        # The level that was asked for is the level that must have been reached.
        if claims['acr'] != SUBSTANTIAL:
            return page('403 Forbidden', 'The level of the login is too low.')
        person = session.get(provider['userinfo_endpoint'], timeout=5).json()
    if person['sub'] != claims['sub']:
        return page('403 Forbidden', 'The answers are about two people.')
    name = secrets.token_urlsafe(32)
    sessions[name] = {'tokens': tokens, 'claims': claims, 'person': person}
    return redirect('/', ('Set-Cookie', f'portal={name}; Path=/; HttpOnly; SameSite=Lax'))


def id_token_claims(tokens, nonce):
    claims = jwt.decode(
        tokens['id_token'], provider_keys(), claims_cls=CodeIDToken,
        claims_options={'iss': {'value': ISSUER}, 'aud': {'value': CLIENT_ID}},
        claims_params={'nonce': nonce, 'client_id': CLIENT_ID})
    claims.validate(leeway=60)
    return dict(claims)


def refresh(_query, session):
    if not session:
        return redirect('/login')
    with client(token=session['tokens']) as refreshing:
        session['tokens'] = refreshing.refresh_token(provider['token_endpoint'])
        session['person'] = refreshing.get(provider['userinfo_endpoint'], timeout=5).json()
    session['refreshed_at'] = int(time.time())
    return redirect('/')


def log_out(_query, session):
    if not session:
        return redirect('/')
    for name in [name for name, one in sessions.items() if one is session]:
        del sessions[name]
    hint = {'id_token_hint': session['tokens']['id_token'], 'post_logout_redirect_uri': f'{PORTAL}/bye'}
    return redirect(provider['end_session_endpoint'] + '?' + urlencode(hint))


def hear_of_logout(form, _session):
    """OpenID Connect Back-Channel Logout 1.0, section 2.6."""
    try:
        claims = jwt.decode(form['logout_token'], provider_keys(), claims_options={
            'iss': {'essential': True, 'value': ISSUER}, 'aud': {'essential': True, 'value': CLIENT_ID},
            'iat': {'essential': True}, 'exp': {'essential': True}, 'jti': {'essential': True}})
        claims.validate(leeway=60)
        if LOGOUT_EVENT not in claims['events'] or 'nonce' in claims:
            raise ValueError('no logout token')
    except Exception as error:
        return page('400 Bad Request', str(error))
    for name in [name for name, one in sessions.items() if one['claims'].get('sid') == claims['sid']]:
        del sessions[name]
    return page('200 OK', '')


def home(_query, session):
    if not session:
        return page('200 OK', 'Welcome', '<a href="/login">Log in</a>')
    known = {'claims': session['claims'], 'person': session['person'], 'refreshed_at': session.get('refreshed_at')}
    return page('200 OK', 'You are logged in', f'<pre>{escape(json.dumps(known, indent=2, ensure_ascii=False))}</pre>'
                '<a href="/refresh">Refresh</a> <a href="/logout">Log out</a>')


def bye(_query, _session):
    return page('200 OK', 'You have left')


ROUTES = {
    'GET /': home, 'GET /login': log_in, 'GET /callback': come_back, 'GET /refresh': refresh,
    'GET /logout': log_out, 'GET /bye': bye, 'POST /backchannel-logout': hear_of_logout,
}


def redirect(address, *headers):
    return '303 See Other', [('Location', address), *headers], b''


def page(status, heading, more=''):
    body = f'<!doctype html><meta charset="utf-8"><title>Portal</title><h1>{escape(heading)}</h1>{more}'
    headers = [('Content-Type', 'text/html; charset=utf-8'), ('Cache-Control', 'no-store')]
    return status, headers, body.encode()


def application(environ, start_response):
    answer = ROUTES.get(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
    cookie = SimpleCookie(environ.get('HTTP_COOKIE', '')).get('portal')
    length = min(int(environ.get('CONTENT_LENGTH') or 0), 65536)
    text = environ['wsgi.input'].read(length).decode() if length else environ['QUERY_STRING']
    given = {name: values[0] for name, values in parse_qs(text).items()}
    if answer:
        status, headers, body = answer(given, sessions.get(cookie.value) if cookie else None)
    else:
        status, headers, body = page('404 Not Found', 'There is no such page')
    start_response(status, headers)
    return [body]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_words):
        """Addresses hold codes: none is written."""


if __name__ == '__main__':
    with make_server('localhost', PORT, application, handler_class=Quiet) as server:
        print(f'{PORTAL} is ready', flush=True)
        server.serve_forever()

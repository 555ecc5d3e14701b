#!/usr/bin/env python3
"""Measures what the officers' desk costs a crawl that runs in the same process.

Serves a generated site with nginx on loopback and lets `xuncha serve` crawl it, with
nobody at the desk and with officers who look at its pages all the while; prints

  night with officers / night alone   wall time of the run; goal <= 1.05
  the pages they got                  requests a second, the median and the slowest

in turns, so that whatever else the machine does falls on both.

Usage: serve_bench.py BUILD_DIR [--pages 2000] [--rounds 2] [--rate 10]
Needs nginx. Traffic stays on 127.0.0.1. A round takes up to a minute more than its
crawls, because a night begins at a full minute.
"""
import argparse
import http.client
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import audit_bench  # noqa: E402

PASSWORD = 'a sentence for the bench'


class Officer:
    """Signs in and looks at pages, so many a second, until told to stop."""

    def __init__(self, port, rate):
        self.port, self.rate, self.took, self.stop = port, rate, [], threading.Event()
        self.cookie = self.sign_in()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.getheader('Set-Cookie') or '', answer.read().decode()
        finally:
            connection.close()

    def sign_in(self):
        _, form_cookie, page = self.ask('GET', '/sign-in')
        csrf = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
        status, cookie, _ = self.ask(
            'POST', '/sign-in',
            urllib.parse.urlencode({'csrf': csrf, 'name': 'bench', 'password': PASSWORD}),
            {'Cookie': form_cookie.split(';')[0], 'Origin': 'http://127.0.0.1:%d' % self.port,
             'Content-Type': 'application/x-www-form-urlencoded'})
        if status != 303:
            raise SystemExit('sign-in answered %d' % status)
        return cookie.split(';')[0]

    def look(self):
        paths = ['/', '/account', '/api/runs', '/metrics']
        while not self.stop.wait(1 / self.rate):
            started = time.monotonic()
            status, _, _ = self.ask('GET', paths[len(self.took) % len(paths)], headers={'Cookie': self.cookie})
            if status != 200:
                raise SystemExit('a page answered %d' % status)
            self.took.append(time.monotonic() - started)

    def leave(self):
        self.stop.set()
        self.thread.join()
        return self.took


def night(binary, work, nginx, pages, rate):
    """Seconds of one first night under `serve`, and how long each page took."""
    data = tempfile.mkdtemp(dir=work)
    with open(os.path.join(data, 'xuncha.toml'), 'w') as f:
        f.write('[crawl]\nresolve = ["%s:80:127.0.0.1:%d"]\ndelay_min = "0 ms"\npages = %d\ndepth = 32\n'
                'inflight = 32\nviews = false\n' % (audit_bench.ONE[0][0], nginx.port, pages))
    run = [binary, '--data', data]
    subprocess.run(run + ['--quiet', 'site', 'add', '--name', '基准站', '--unit', '单位', '--owner', '负责人', '--phone',
                          '0000-0000001', '--address', 'http://%s/' % audit_bench.ONE[0][0]], check=True)
    with open(os.path.join(data, 'sites.csv'), 'wb') as f:
        f.write(subprocess.run(run + ['--quiet', 'site', 'export'], check=True, capture_output=True).stdout)
    text = open(os.path.join(data, 'sites.csv'), encoding='utf-8-sig').read().splitlines()
    header, row = text[0].split(','), text[1].split(',')
    row[header.index('允许地址段')] = '127.0.0.1'
    with open(os.path.join(data, 'sites.csv'), 'w', encoding='utf-8') as f:
        f.write('%s\n%s\n' % (','.join(header), ','.join(row)))
    subprocess.run(run + ['--quiet', 'site', 'import', os.path.join(data, 'sites.csv')], check=True)
    subprocess.run(run + ['--quiet', 'user', 'add', 'bench', '--roles', 'officer,auditor'], check=True,
                   input=PASSWORD, text=True)
    port = audit_bench.free_port()
    # Shanghai has had one offset since 1992.
    at = time.strftime('%H:%M', time.gmtime(time.time() + 8 * 3600 + 65))
    child = subprocess.Popen(run + ['serve', '--listen', '127.0.0.1:%d' % port, '--crawl-at', at],
                             stderr=subprocess.PIPE, text=True)
    officer = started = ended = None
    said = []
    try:
        for line in child.stderr:
            said.append(line)
            if '开始巡查' in line:
                if rate:
                    officer = Officer(port, rate)
                started = time.monotonic()
            if line.startswith('报告'):
                ended = time.monotonic()
                break
        took = officer.leave() if officer else []
    finally:
        child.terminate()
        child.wait()
    if started is None or ended is None:
        raise SystemExit('no night came to its end\n' + ''.join(said))
    return ended - started, took


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('--pages', type=int, default=2000)
    parser.add_argument('--rounds', type=int, default=2)
    parser.add_argument('--rate', type=float, default=10)
    options = parser.parse_args()
    binary = os.path.abspath(os.path.join(options.build, 'xuncha'))
    work = tempfile.mkdtemp(prefix='xuncha-bench-')
    nginx = None
    try:
        root = os.path.join(work, 'root')
        audit_bench.make_site(root, options.pages)
        nginx = audit_bench.Nginx(root, work)
        alone, watched, took = [], [], []
        for _ in range(options.rounds):
            alone.append(night(binary, work, nginx, options.pages, 0)[0])
            seconds, pages = night(binary, work, nginx, options.pages, options.rate)
            watched.append(seconds)
            took += pages
        took.sort()
        print('night alone %s s, with officers %s s' % (' '.join('%.1f' % s for s in alone), ' '.join('%.1f' % s for s in watched)))
        print('ratio night_with_officers/night_alone   %.3f   (goal <= 1.05)' % (min(watched) / min(alone)))
        print('pages they got: %d, %.1f a second; median %.1f ms, slowest %.1f ms'
              % (len(took), len(took) / sum(watched), took[len(took) // 2] * 1000, took[-1] * 1000))
    finally:
        if nginx is not None:
            nginx.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == '__main__':
    main()

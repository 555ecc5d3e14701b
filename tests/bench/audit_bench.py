#!/usr/bin/env python3
"""Measures the whole audit against its bare parts and against Scrapy.

Generates a site, serves it with nginx on loopback, and prints ratios; every
figure and its reference come from this one run:

  audit CPU / bare parts CPU     per page; parts_bench does curl_multi fetch, the tree in its
                                 arena, hs_scan and a RocksDB put of the same bytes
  second night / first night     pages per second, of one host and of the same number of pages on
                                 eight hosts with an address each, all served by one nginx
                                 process; beside it that process's own CPU a page, and what a
                                 second night adds to the store
  audit / scrapy                 pages per second on the same site (skipped, and said so, without it)
  peak memory, 2 000 and 10 000  of the audit process, MB

Usage: audit_bench.py BUILD_DIR [--pages 10000] [--no-scrapy]
Needs nginx; wants python3-scrapy. Traffic stays on 127.0.0.1.
"""
import argparse
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time

WORDS = ('学校 学院 教学 科研 学生 教师 课程 实验 项目 会议 通知 培训 图书 资料 管理 服务 安全 建设 发展 改革 质量 评估 检查 考试 招生 '
         '就业 活动 比赛 讲座 报告 论坛 交流 合作 企业 社会 实践 志愿 文化 体育 艺术 工程 信息 机械 经济 法律 医学 农业 环境 能源 材料').split()


# The common Han characters (GB 2312, level 1). News titles hold about 100 words of
# the rule packs in 1 000 characters, technical documentation 70: this mixture of
# campus words and other characters lies between.
COMMON = [bytes([row, cell]).decode('gb2312') for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF)]


def sentence(rng):
    words = (rng.choice(WORDS) if rng.random() < 0.4 else rng.choice(COMMON) + rng.choice(COMMON)
             for _ in range(rng.randint(6, 14)))
    return ''.join(words) + '。'


# A site has many sections; a crawler that stops after so many pages of one shape of
# URL must not see one shape only.
SECTIONS = 'news notice party teach study jobs lab library exchange about'.split()


def path(n):
    return '/%s/p%d.html' % (SECTIONS[n % len(SECTIONS)], n)


def page(n, pages, rng):
    nav = ''.join('<li class="nav-item"><a href="/c%d/">%s</a></li>' % (i, WORDS[i]) for i in range(12))
    body = ''.join('<p class="para"><span style="font-size:14px">%s</span></p>\n' % ''.join(sentence(rng) for _ in range(4))
                   for _ in range(50))
    links = ''.join('<li><a href="%s" title="%s">%s</a><span class="date">2026-0%d-1%d</span></li>\n'
                    % (path(k), WORDS[k % len(WORDS)], sentence(rng)[:18], k % 9 + 1, k % 10)
                    for k in [(n * 7 + i * 131 + 1) % pages for i in range(10)] + [min(n * 2 + 1, pages - 1), min(n * 2 + 2, pages - 1)])
    return ('<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>%s %d</title>'
            '<meta name="keywords" content="%s"><link rel="stylesheet" href="/s.css"></head><body>'
            '<div class="header"><ul class="nav">%s</ul></div><div class="main"><h1>%s</h1>%s</div>'
            '<div class="side"><ul>%s</ul></div><div class="footer">第 %d 页</div></body></html>'
            % (sentence(rng), n, '，'.join(rng.sample(WORDS, 5)), nav, sentence(rng), body, links, n))


def make_site(root, pages):
    rng = random.Random(7)
    for section in SECTIONS:
        os.makedirs(os.path.join(root, section))
    for n in range(pages):
        with open(root + path(n), 'w', encoding='utf-8') as f:
            f.write(page(n, pages, rng))
        os.link(root + path(n), os.path.join(root, 'p%d.html' % n))  # where parts_bench asks
    shutil.copy(os.path.join(root, 'p0.html'), os.path.join(root, 'index.html'))


ONE = [('bench.example.test', '127.0.0.1')]
MANY = [('b%d.hosts.example.test' % i, '127.0.0.%d' % (i + 1)) for i in range(8)]


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Nginx:
    def __init__(self, root, work):
        self.port = free_port()
        conf = os.path.join(work, 'nginx.conf')
        with open(conf, 'w') as f:
            f.write('''%sdaemon off; pid %s/nginx.pid; error_log %s/error.log; worker_processes 1;
events { worker_connections 1024; }
http { access_log off; types { text/html html; text/css css; } default_type text/html; keepalive_requests 1000000;
client_body_temp_path %s/t1; proxy_temp_path %s/t2; fastcgi_temp_path %s/t3; uwsgi_temp_path %s/t4; scgi_temp_path %s/t5;
server { listen 127.0.0.1:%d default_server; root %s; index index.html; }
server { %s server_name *.hosts.example.test; root %s/hosts/$host; index index.html; } }'''
                    % ('user root; ' if os.geteuid() == 0 else '', work, work, work, work, work, work, work, self.port, root,
                       ' '.join('listen %s:%d;' % (address, self.port) for _, address in MANY), root))
        self.process = subprocess.Popen(['nginx', '-c', conf, '-p', work], stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit('nginx did not start; see %s/error.log' % work)

    def cpu(self):
        """CPU seconds of the process that serves."""
        with open('/proc/%d/task/%d/children' % (self.process.pid, self.process.pid)) as f:
            workers = f.read().split()
        ticks = 0
        for worker in workers:
            with open('/proc/%s/stat' % worker) as f:
                ticks += sum(int(field) for field in f.read().rsplit(')', 1)[1].split()[11:13])
        return ticks / os.sysconf('SC_CLK_TCK')

    def stop(self):
        self.process.terminate()
        self.process.wait()


def timed(command, **kwargs):
    """Runs a command; returns wall seconds, CPU seconds and peak RSS in MB of it alone."""
    started = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **kwargs)
    err = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, code, err.decode(errors='replace')


def store_bytes(data):
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(os.path.join(data, 'store', 'db'))
               for name in names if name.endswith('.sst'))


def audit(binary, work, port, pages, hosts=ONE):
    """One night of `hosts`, which have `pages` pages together."""
    data = os.path.join(work, 'data%d-%d' % (pages, len(hosts)))
    os.makedirs(data, exist_ok=True)
    with open(os.path.join(data, 'xuncha.toml'), 'w') as f:
        f.write('[crawl]\nresolve = [%s]\ndelay_min = "0 ms"\npages = %d\ndepth = 32\ninflight = 32\nviews = false\n'
                % (', '.join('"%s:80:%s:%d"' % (host, address, port) for host, address in hosts), pages))
    csv = os.path.join(work, 'sites.csv')
    with open(csv, 'w', encoding='utf-8') as f:
        f.write('网站或信息系统名称,单位名称,负责人,联系电话,网址或IP,允许地址段\n')
        for host, address in hosts:
            f.write('基准站 %s,单位,负责人,0000-0000001,http://%s/,%s\n' % (host.split('.')[0], host, address))
    subprocess.run([binary, '--quiet', '--data', data, 'site', 'import', csv], check=True)
    # The rule-set is compiled once for each installation, not for each night.
    subprocess.run([binary, '--quiet', '--data', data, 'scan', csv], stdout=subprocess.DEVNULL)
    result = timed([binary, '--quiet', '--data', data, 'crawl', '--json'])
    if result[3] not in (0, 1, 3):
        raise SystemExit('crawl ended with %d\n%s' % (result[3], result[4]))
    out = subprocess.run([binary, '--quiet', '--data', data, 'report', 'run'], check=True, capture_output=True, text=True)
    with open(out.stdout.split('\n')[1], encoding='utf-8') as f:
        count = sum(1 for _ in f)
    return result, count


def bare_parts(parts, work, port, pages):
    """Mean CPU us a page of each part. One process for each core at once: an audit keeps all
    cores busy too, and a core costs more CPU time for the same work when its neighbour works."""
    children = [subprocess.Popen([parts, 'http://127.0.0.1:%d/' % port, str(pages), os.path.join(work, 'parts%d' % i)],
                                 stdout=subprocess.PIPE, text=True) for i in range(os.cpu_count() or 1)]
    each = []
    for child in children:
        out, _ = child.communicate()
        if child.returncode != 0:
            raise SystemExit('parts_bench ended with %d' % child.returncode)
        words = out.split('(')[0].split(':')[1].split()
        each.append(dict(zip(words[::2], map(float, words[1::2]))))
    return {name: sum(one[name] for one in each) / len(each) for name in each[0]}


SPIDER = '''
import scrapy
class S(scrapy.Spider):
    name = 's'
    start_urls = ['http://127.0.0.1:%d/']
    custom_settings = {'LOG_LEVEL': 'ERROR', 'CONCURRENT_REQUESTS': 32, 'CONCURRENT_REQUESTS_PER_DOMAIN': 32,
                       'CLOSESPIDER_PAGECOUNT': %d, 'TELNETCONSOLE_ENABLED': False, 'DEPTH_LIMIT': 0}
    count = 0
    def parse(self, response):
        S.count += 1
        response.css('title::text').get()
        for href in response.css('a::attr(href)').getall():
            yield response.follow(href)
    def closed(self, reason):
        import sys
        print('COUNT', S.count, file=sys.stderr)
'''


def scrapy(work, port, pages):
    if shutil.which('scrapy') is None and subprocess.run(['/usr/bin/python3', '-c', 'import scrapy'], capture_output=True).returncode != 0:
        return None
    path = os.path.join(work, 'spider.py')
    with open(path, 'w') as f:
        f.write(SPIDER % (port, pages))
    result = timed(['/usr/bin/python3', '-m', 'scrapy', 'runspider', path], cwd=work)
    count = [int(line.split()[1]) for line in result[4].splitlines() if line.startswith('COUNT')]
    return result, count[0] if count else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('--pages', type=int, default=10000)
    parser.add_argument('--no-scrapy', action='store_true')
    options = parser.parse_args()
    binary = os.path.abspath(os.path.join(options.build, 'xuncha'))
    parts = os.path.abspath(os.path.join(options.build, 'parts_bench'))
    work = tempfile.mkdtemp(prefix='xuncha-bench-')
    nginx = None
    try:
        root = os.path.join(work, 'root')
        make_site(root, options.pages)
        nginx = Nginx(root, work)
        small = max(options.pages // 5, 1)
        subprocess.run([binary, '--quiet', 'rules', 'check'], stdout=subprocess.DEVNULL)  # warm file cache
        first_small, _ = audit(binary, work, nginx.port, small)
        first, read = audit(binary, work, nginx.port, options.pages)
        served = nginx.cpu()
        second, again = audit(binary, work, nginx.port, options.pages)
        served = nginx.cpu() - served
        kept = store_bytes(os.path.join(work, 'data%d-1' % options.pages))
        audit(binary, work, nginx.port, options.pages)
        kept = store_bytes(os.path.join(work, 'data%d-1' % options.pages)) - kept
        for host, _ in MANY:
            make_site(os.path.join(root, 'hosts', host), options.pages // len(MANY))
        many_first, many_read = audit(binary, work, nginx.port, options.pages, MANY)
        many_second, many_again = audit(binary, work, nginx.port, options.pages, MANY)
        start = timed([binary, '--quiet', '--data', os.path.join(work, 'data%d-1' % options.pages), 'scan',
                       os.path.join(work, 'sites.csv')])
        bare = bare_parts(parts, work, nginx.port, options.pages)
        bare_cpu = sum(bare.values())
        cpu = first[1] / max(read, 1) * 1e6
        print('bare parts, CPU us a page: %s   total %.0f' % ('  '.join('%s %.0f' % part for part in bare.items()), bare_cpu))
        print('audit: %d pages, %.1f pages/s, %.0f us CPU a page' % (read, read / first[0], cpu))
        print('second night: %d pages, %.1f pages/s, %.0f us CPU a page' % (again, again / second[0], second[1] / max(again, 1) * 1e6))
        print('%d hosts, %s: %d pages, %.1f pages/s; second night: %d pages, %.1f pages/s, %.0f us CPU a page'
              % (len(MANY), 'one address each, one nginx process', many_read, many_read / many_first[0], many_again,
                 many_again / many_second[0], many_second[1] / max(many_again, 1) * 1e6))
        print('the server itself: %.0f us CPU a page of the second night' % (served / max(again, 1) * 1e6))
        print('store: %.0f bytes a page for a night without changes   (goal <= 200)' % (kept / max(again, 1)))
        print('ratio audit_cpu/bare_parts_cpu       %.2f   (goal <= 1.5)' % (cpu / bare_cpu))
        print('ratio second_night/first_night       %.2f   (goal >= 3)' % ((again / second[0]) / (read / first[0])))
        print('first/second night, CPU a page: one host %.2f, %d hosts %.2f; start-up is %.0f us of each page'
              % (first[1] / read / (second[1] / again), len(MANY), many_first[1] / many_read / (many_second[1] / many_again),
                 start[1] / again * 1e6))
        print('ratio second/first night, %d hosts     %.2f   (goal >= 3)'
              % (len(MANY), (many_again / many_second[0]) / (many_read / many_first[0])))
        print('peak memory MB at %d / %d pages   %.0f / %.0f   (goal <= 400, flat)' % (small, options.pages, first_small[2], first[2]))
        if options.no_scrapy:
            print('scrapy: left out, as asked')
        else:
            peer = scrapy(work, nginx.port, min(options.pages, 2000))
            if peer is None:
                print('scrapy: not installed (python3-scrapy), comparison left out')
            else:
                print('scrapy: %d pages, %.1f pages/s' % (peer[1], peer[1] / peer[0][0]))
                print('ratio audit/scrapy pages per second  %.1f   (goal >= 10)' % ((read / first[0]) / (peer[1] / peer[0][0])))
    finally:
        if nginx is not None:
            nginx.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == '__main__':
    main()

"""Scrapy's settings for every Breachwire crawl; what a user configures is added by `crawler.configure`."""

BOT_NAME = "breachwire"
SPIDER_MODULES = ["spiders"]
NEWSPIDER_MODULE = "spiders"

# Good manners.
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "breachwire"
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_MAX_DELAY = 120.0
DOWNLOAD_DELAY_JITTER = 0.0  # a jitter could undercut the delay that a site asked for
COOKIES_ENABLED = False
# Scrapy's own would ask every site for English.
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
REFERRER_POLICY = "no-referrer"
RETRY_TIMES = 1
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"
RETRY_HTTP_CODES = [500, 502, 504, 522, 524]  # 429 and 503 ask us to wait
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False

# Safety: pages are hostile input.
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_HANDLERS = {
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
    "http": "crawler.downloader.BoundedHandler",
    "https": "crawler.downloader.BoundedHandler",
}
DOWNLOADER = "crawler.downloader.FairDownloader"
DNS_TIMEOUT = 20.0
TWISTED_DNS_RESOLVER = "crawler.addresses.PublicOnlyResolver"
HTTPPROXY_ENABLED = True
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # Scrapy 2.19 would start a server that runs Python

# Every URL has one outcome, so none may be dropped silently; the frontier knows what was seen.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"

# Of Scrapy's own components those that do nothing here are off: each costs every request something.
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
    "crawler.addresses.PublicOnlyMiddleware": 10,
    "crawler.politeness.HostQueueMiddleware": 20,
    "crawler.politeness.TimesMiddleware": 30,
    "crawler.politeness.PauseMiddleware": 40,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.robots.RobotsMiddleware": 100,
    "crawler.reservations.ReservationMiddleware": 110,
    "crawler.turns.TurnMiddleware": 950,  # the last: what it lets pass is asked
}
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    # It would drop a request without a word; `pipelines.urls.is_web` refuses such URLs.
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
}
EXTENSIONS = {
    "scrapy.extensions.closespider.CloseSpider": None,
    "scrapy.extensions.logcount.LogCount": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.spiderstate.SpiderState": None,
    "scrapy.extensions.throttle.AutoThrottle": None,
    "crawler.politeness.PoliteThrottle": 0,
}
ITEM_PIPELINES = {
    "pipelines.stages.ExtractStage": 100,
    "pipelines.hosts.HostLinesStage": 150,
    "pipelines.stages.RelevanceStage": 200,
    "pipelines.rights.RightsStage": 250,
    "pipelines.facts.stage.FactsStage": 270,
    "pipelines.stages.DedupStage": 300,
    "pipelines.store.StoreStage": 400,
}
CONCURRENT_ITEMS = 1  # of one response, and a page is one item: Scrapy starts a task for each

TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
LOG_LEVEL = "INFO"
LOG_FORMATTER = "crawler.log.QuietFormatter"
STATS_DUMP = False
LOGSTATS_INTERVAL = 0

# What the stages and extensions read; `crawler.configure` sets them for each run.
BREACHWIRE_CONFIG = None
BREACHWIRE_CONTACT = None
BREACHWIRE_ARCHIVE = None
BREACHWIRE_SEGMENT = 500
BREACHWIRE_RUN = None
BREACHWIRE_TOPICS = ["breach"]
BREACHWIRE_DEDUP = None
BREACHWIRE_RULES = None
BREACHWIRE_UNFILTERED: list[str] = []
BREACHWIRE_KEEP_IRRELEVANT = False
BREACHWIRE_FIRST_LOOK = True
BREACHWIRE_BY_HAND = False
BREACHWIRE_WORKERS = 1
BREACHWIRE_WORKER_TIMEOUT = 20.0
BREACHWIRE_WORKER_MEMORY = 1 << 30

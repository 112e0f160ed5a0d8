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
# Scrapy's own would ask every site for English.
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
REFERRER_POLICY = "no-referrer"
RETRY_TIMES = 1
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"
RETRY_HTTP_CODES = [500, 502, 504, 522, 524]  # 429 and 503 ask us to wait
REDIRECT_MAX_TIMES = 5

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

# Every URL has one outcome, so none may be dropped silently; the frontier knows what was seen.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"

# Of Scrapy's own components these alone are on. The others do nothing here, or what nobody asked for (Scrapy 2.19 comes
# with a server that runs Python), and each costs the start or every request something: one that is only switched off is
# imported all the same.
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.addresses.PublicOnlyMiddleware": 10,
    "crawler.politeness.HostQueueMiddleware": 20,
    "crawler.politeness.TimesMiddleware": 30,
    "crawler.politeness.PauseMiddleware": 40,
    "crawler.robots.RobotsMiddleware": 100,
    "crawler.reservations.ReservationMiddleware": 110,
    "crawler.answers.UnpackingMiddleware": 590,
    "crawler.answers.RedirectsMiddleware": 600,
    "crawler.turns.TurnMiddleware": 950,  # the last: what it lets pass is asked
}
SPIDER_MIDDLEWARES_BASE = {"scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50}
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,  # `scrapy crawl news -o FILE`
}
EXTENSIONS = {"crawler.politeness.PoliteThrottle": 0}
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

"""Maven groups of well-known artifacts, for jars that do not carry their coordinates.

Facts of Maven Central, exact names first, then the longest family (``spring-boot-`` before ``spring-``).
"""

from __future__ import annotations

_EXACT = {
    artifact: group
    for group, artifacts in {
        "ch.qos.logback": "logback-classic logback-core logback-access",
        "com.alibaba": "fastjson druid",
        "com.fasterxml.jackson.core": "jackson-annotations jackson-core jackson-databind",
        "com.google.code.findbugs": "jsr305",
        "com.google.code.gson": "gson",
        "com.google.errorprone": "error_prone_annotations",
        "com.google.guava": "guava failureaccess listenablefuture guava-testlib",
        "com.google.inject": "guice",
        "com.google.protobuf": "protobuf-java protobuf-java-util protobuf-lite",
        "com.h2database": "h2",
        "com.hazelcast": "hazelcast hazelcast-all",
        "com.jcraft": "jsch jzlib",
        "com.mchange": "c3p0",
        "com.microsoft.sqlserver": "mssql-jdbc",
        "com.mysql": "mysql-connector-j",
        "com.squareup.okhttp3": "okhttp logging-interceptor",
        "com.squareup.okio": "okio okio-jvm",
        "com.squareup.retrofit2": "retrofit",
        "com.thoughtworks.xstream": "xstream",
        "com.unboundid": "unboundid-ldapsdk",
        "com.zaxxer": "HikariCP",
        "com.puppycrawl.tools": "checkstyle",
        "io.projectreactor": "reactor-core",
        "io.undertow": "undertow-core undertow-servlet",
        "jakarta.servlet": "jakarta.servlet-api",
        "javax.servlet": "javax.servlet-api jstl",
        "javax.xml.bind": "jaxb-api",
        "joda-time": "joda-time",
        "junit": "junit",
        "log4j": "log4j",
        "mysql": "mysql-connector-java",
        "net.minidev": "json-smart accessors-smart",
        "org.apache.activemq": "activemq-all activemq-broker activemq-client",
        "org.apache.ant": "ant ant-launcher",
        "org.apache.commons": (
            "commons-collections4 commons-compress commons-configuration2 commons-csv commons-dbcp2 commons-email "
            "commons-exec commons-lang3 commons-math3 commons-pool2 commons-text commons-jxpath commons-vfs2"
        ),
        "org.apache.derby": "derby derbyclient",
        "org.apache.httpcomponents": "httpclient httpcore httpmime fluent-hc",
        "org.apache.httpcomponents.client5": "httpclient5",
        "org.apache.httpcomponents.core5": "httpcore5",
        "org.apache.ivy": "ivy",
        "org.apache.logging.log4j": (
            "log4j-1.2-api log4j-api log4j-core log4j-jcl log4j-jul log4j-slf4j-impl log4j-slf4j2-impl log4j-web"
        ),
        "org.apache.pdfbox": "pdfbox fontbox",
        "org.apache.poi": "poi poi-ooxml poi-scratchpad",
        "org.apache.struts": "struts2-core",
        "org.apache.tomcat": "tomcat-catalina tomcat-coyote tomcat-juli tomcat-util tomcat-jasper",
        "org.apache.tomcat.embed": "tomcat-embed-core tomcat-embed-el tomcat-embed-jasper tomcat-embed-websocket",
        "org.apache.velocity": "velocity velocity-engine-core",
        "org.apache.xmlbeans": "xmlbeans",
        "org.apache.zookeeper": "zookeeper",
        "org.bouncycastle": (
            "bcprov bcpkix bcprov-jdk15on bcpkix-jdk15on bcprov-jdk18on bcpkix-jdk18on bcutil-jdk18on bc-fips"
        ),
        "org.codehaus.groovy": "groovy groovy-all groovy-json groovy-xml groovy-sql",
        "org.codehaus.jackson": "jackson-core-asl jackson-mapper-asl",
        "org.codehaus.woodstox": "woodstox-core-asl stax2-api",
        "org.dom4j": "dom4j",
        "org.freemarker": "freemarker",
        "org.hibernate.validator": "hibernate-validator",
        "org.hamcrest": "hamcrest hamcrest-core hamcrest-library",
        "org.jdom": "jdom2 jdom",
        "org.jsoup": "jsoup",
        "org.mockito": "mockito-core",
        "org.mozilla": "rhino",
        "org.ow2.asm": "asm asm-analysis asm-commons asm-tree asm-util",
        "org.postgresql": "postgresql",
        "org.quartz-scheduler": "quartz",
        "org.scala-lang": "scala-library scala-reflect scala-compiler",
        "org.slf4j": (
            "slf4j-api slf4j-simple slf4j-log4j12 slf4j-jdk14 slf4j-nop slf4j-jcl slf4j-ext "
            "jcl-over-slf4j jul-to-slf4j log4j-over-slf4j"
        ),
        "org.xerial": "sqlite-jdbc",
        "org.xerial.snappy": "snappy-java",
        "org.yaml": "snakeyaml",
        "xalan": "xalan serializer",
        "xerces": "xercesImpl",
    }.items()
    for artifact in artifacts.split()
}
_FAMILIES = {
    "groovy-": "org.codehaus.groovy",
    "grpc-": "io.grpc",
    "hadoop-": "org.apache.hadoop",
    "hibernate-": "org.hibernate",
    "jackson-dataformat-": "com.fasterxml.jackson.dataformat",
    "jackson-datatype-": "com.fasterxml.jackson.datatype",
    "jackson-module-": "com.fasterxml.jackson.module",
    "jenkins-": "org.jenkins-ci.main",
    "jetty-": "org.eclipse.jetty",
    "kotlin-": "org.jetbrains.kotlin",
    "lucene-": "org.apache.lucene",
    "micrometer-": "io.micrometer",
    "netty-": "io.netty",
    "shiro-": "org.apache.shiro",
    "spring-": "org.springframework",
    "spring-boot": "org.springframework.boot",
    "spring-cloud-": "org.springframework.cloud",
    "spring-data-": "org.springframework.data",
    "spring-security-": "org.springframework.security",
    "spring-session-": "org.springframework.session",
    "tika-": "org.apache.tika",
}
_BY_LENGTH = sorted(_FAMILIES, key=len, reverse=True)


def known_group(artifact: str) -> str:
    """The group of a famous artifact; empty for any other."""
    if exact := _EXACT.get(artifact):
        return exact
    return next((_FAMILIES[family] for family in _BY_LENGTH if artifact.startswith(family)), "")

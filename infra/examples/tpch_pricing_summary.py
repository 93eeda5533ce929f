"""Pricing summary of shipped items, after query 1 of the TPC-H benchmark.

Arguments: the prefix of the `lineitem` Parquet table (a folder or one file) and the prefix to write
the result to. Needs nothing but PySpark.
"""

import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f


def pricing_summary(lineitem: DataFrame) -> DataFrame:
    """Sums and averages per return flag and line status of what was shipped by 1998-09-02."""
    net_price = f.col("l_extendedprice") * (1 - f.col("l_discount"))
    return (
        lineitem.where(f.col("l_shipdate") <= f.lit("1998-09-02").cast("date"))
        .groupBy("l_returnflag", "l_linestatus")
        .agg(
            f.sum("l_quantity").alias("sum_qty"),
            f.sum("l_extendedprice").alias("sum_base_price"),
            f.sum(net_price).alias("sum_disc_price"),
            f.sum(net_price * (1 + f.col("l_tax"))).alias("sum_charge"),
            f.avg("l_quantity").alias("avg_qty"),
            f.avg("l_extendedprice").alias("avg_price"),
            f.avg("l_discount").alias("avg_disc"),
            f.count("*").alias("count_order"),
        )
        .orderBy("l_returnflag", "l_linestatus")
    )


def main(arguments: list) -> int:
    if len(arguments) != 2:
        print("usage: tpch_pricing_summary.py <lineitem prefix> <output prefix>", file=sys.stderr)
        return 2
    source, target = arguments
    spark = SparkSession.builder.appName("tpch-pricing-summary").getOrCreate()
    pricing_summary(spark.read.parquet(source)).write.mode("overwrite").parquet(target)
    rows = spark.read.parquet(target).orderBy("l_returnflag", "l_linestatus").collect()
    for row in rows:
        print(" | ".join(str(value) for value in row))
    spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

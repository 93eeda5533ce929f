package io.firesteel.examples

import org.apache.spark.sql.{DataFrame, SparkSession}
import org.apache.spark.sql.functions.{col, desc, lit, sum}

/** The ten unshipped orders with the most revenue at stake: after query 3 of the TPC-H benchmark.
  *
  * Arguments: the prefix that holds the Parquet tables `customer`, `orders` and `lineitem`, each as a
  * folder or as a file named `<table>.parquet`, and the prefix to write the result to.
  */
object ShippingPriority {
  private val Segment = "BUILDING"
  private val Day = "1995-03-15"

  def main(args: Array[String]): Unit = args match {
    case Array(input, output) =>
      val spark = SparkSession.builder.appName("shipping-priority").getOrCreate()
      val tables = new Tables(spark, input.stripSuffix("/"))
      val top = query(tables)
      top.write.mode("overwrite").parquet(output)
      spark.read.parquet(output).orderBy(desc("revenue"), col("o_orderdate")).show(10, false)
      spark.stop()
    case _ =>
      System.err.println("usage: ShippingPriority <input prefix> <output prefix>")
      sys.exit(2)
  }

  private def query(tables: Tables): DataFrame = {
    val customers = tables("customer").where(col("c_mktsegment") === Segment)
    val orders = tables("orders").where(col("o_orderdate") < lit(Day).cast("date"))
    val items = tables("lineitem").where(col("l_shipdate") > lit(Day).cast("date"))
    val revenue = sum(col("l_extendedprice") * (lit(1) - col("l_discount")))
    customers
      .join(orders, col("c_custkey") === col("o_custkey"))
      .join(items, col("l_orderkey") === col("o_orderkey"))
      .groupBy("l_orderkey", "o_orderdate", "o_shippriority")
      .agg(revenue.as("revenue"))
      .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
      .orderBy(desc("revenue"), col("o_orderdate"))
      .limit(10)
  }

  private class Tables(spark: SparkSession, prefix: String) {
    def apply(name: String): DataFrame = {
      val folder = new org.apache.hadoop.fs.Path(s"$prefix/$name")
      val isFolder =
        folder.getFileSystem(spark.sparkContext.hadoopConfiguration).exists(folder)
      spark.read.parquet(if (isFolder) s"$prefix/$name" else s"$prefix/$name.parquet")
    }
  }
}

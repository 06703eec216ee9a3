//! Pictures of how costs grow.

use super::measure::Series;
use super::table::mebibytes;
use plotters::prelude::{
    ChartBuilder, Circle, Color, DrawingArea, ErrorBar, IntoDrawingArea, IntoFont, IntoLogRange, RGBColor,
    SVGBackend, WHITE,
};
use std::error::Error;

/// The size of the picture, in pixels.
const SIZE: (u32, u32) = (1080, 640);

/// Room around the points, as a factor.
const MARGIN: f64 = 1.3;

/// Ticks of an axis stand at powers of this, and are about so many.
const TICK_BASE: f64 = 2.0;
const TICKS: usize = 7;

const INK: RGBColor = RGBColor(74, 127, 214);

/// A cost at a size.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Point {
    /// The size.
    x: f64,
    /// The ends of the interval, and the median between them.
    low: f64,
    median: f64,
    high: f64,
}

impl Point {
    /// Microseconds of CPU for one unit of the series.
    pub(super) fn time(x: f64, series: &Series) -> Option<Self> {
        const MICROSECONDS: f64 = 1e6;
        let rate = series.per_cpu_second()?;
        let cost = |per_second: f64| MICROSECONDS / per_second;
        Some(Self { x, low: cost(rate.high), median: cost(rate.median), high: cost(rate.low) })
    }

    /// MiB that its process had at most.
    pub(super) fn memory(x: f64, series: &Series) -> Option<Self> {
        let peak = mebibytes(series.peak_memory_bytes()?);
        Some(Self { x, low: peak, median: peak, high: peak })
    }
}

/// One part of the picture.
pub(super) struct Panel<'p> {
    pub(super) title: &'p str,
    pub(super) x: &'p str,
    pub(super) y: &'p str,
    pub(super) points: Vec<Point>,
}

/// Draws rows of panels, as SVG: medians with their intervals, on logarithmic axes, where what is proportional lies on a
/// diagonal.
pub(super) fn plot<const COLUMNS: usize>(rows: &[[Panel<'_>; COLUMNS]]) -> Result<String, String> {
    let mut svg = String::new();
    draw(rows, &mut svg).map_err(|error| error.to_string())?;
    Ok(svg)
}

fn draw<const COLUMNS: usize>(rows: &[[Panel<'_>; COLUMNS]], svg: &mut String) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    for (panel, part) in rows.iter().flatten().zip(area.split_evenly((rows.len(), COLUMNS))) {
        draw_panel(panel, &part).map_err(|error| error.to_string())?;
    }
    area.present()?;
    Ok(())
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn draw_panel<'a>(panel: &Panel<'_>, part: &Area<'a>) -> Result<(), Box<dyn Error + 'a>> {
    let range = |low: fn(&Point) -> f64, high: fn(&Point) -> f64| {
        let least = panel.points.iter().map(low).fold(f64::MAX, f64::min) / MARGIN;
        let most = panel.points.iter().map(high).fold(least, f64::max) * MARGIN;
        // Powers of two on both sides, so that even a narrow range has ticks at its ends.
        TICK_BASE.powf(least.log2().floor())..TICK_BASE.powf(most.log2().ceil())
    };
    let mut chart = ChartBuilder::on(part)
        .caption(panel.title, ("sans-serif", 16).into_font())
        .margin(12)
        .margin_right(24)
        .x_label_area_size(38)
        .y_label_area_size(58)
        .build_cartesian_2d(
            range(|point| point.x, |point| point.x).log_scale().base(TICK_BASE),
            range(|point| point.low, |point| point.high).log_scale().base(TICK_BASE),
        )?;
    chart
        .configure_mesh()
        .x_desc(panel.x)
        .y_desc(panel.y)
        .x_labels(TICKS)
        .y_labels(TICKS)
        .x_label_formatter(&|value| tick(*value))
        .y_label_formatter(&|value| tick(*value))
        .light_line_style(WHITE)
        .draw()?;
    chart.draw_series(panel.points.iter().map(|point| {
        ErrorBar::new_vertical(point.x, point.low, point.median, point.high, INK.filled(), 6)
    }))?;
    chart.draw_series(
        panel.points.iter().map(|point| Circle::new((point.x, point.median), 3, INK.filled())),
    )?;
    Ok(())
}

/// Ticks are powers of two: whole numbers, or fractions with as few digits as say it.
fn tick(value: f64) -> String {
    if value >= 1.0 { format!("{value:.0}") } else { value.to_string() }
}

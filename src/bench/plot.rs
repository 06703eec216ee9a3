//! Pictures of how costs grow.

use super::measure::Series;
use plotters::prelude::{
    ChartBuilder, Circle, Color, ErrorBar, IntoDrawingArea, IntoFont, IntoLogRange, RGBColor, SVGBackend,
    WHITE,
};
use std::error::Error;

/// The size of the picture, in pixels.
const SIZE: (u32, u32) = (900, 380);

/// Room around the points, as a factor.
const MARGIN: f64 = 1.3;

const INK: RGBColor = RGBColor(74, 127, 214);

/// A cost at a size.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Point {
    /// The size.
    x: f64,
    /// Microseconds of CPU for one unit: the ends of the interval, and the median between them.
    low: f64,
    median: f64,
    high: f64,
}

impl Point {
    /// What one unit of the series costs.
    pub(super) fn of(x: f64, series: &Series) -> Option<Self> {
        const MICROSECONDS: f64 = 1e6;
        let rate = series.per_cpu_second()?;
        let cost = |per_second: f64| MICROSECONDS / per_second;
        Some(Self { x, low: cost(rate.high), median: cost(rate.median), high: cost(rate.low) })
    }
}

/// One half of the picture.
pub(super) struct Panel<'p> {
    pub(super) title: &'p str,
    pub(super) x: &'p str,
    pub(super) y: &'p str,
    pub(super) points: Vec<Point>,
}

/// Draws panels side by side, as SVG: medians with their intervals, on logarithmic axes, where what is proportional lies
/// on a diagonal.
pub(super) fn plot(panels: &[Panel<'_>]) -> Result<String, String> {
    let mut svg = String::new();
    draw(panels, &mut svg).map_err(|error| error.to_string())?;
    Ok(svg)
}

fn draw(panels: &[Panel<'_>], svg: &mut String) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    for (panel, half) in panels.iter().zip(area.split_evenly((1, panels.len()))) {
        let range = |low: fn(&Point) -> f64, high: fn(&Point) -> f64| {
            let least = panel.points.iter().map(low).fold(f64::MAX, f64::min) / MARGIN;
            least..panel.points.iter().map(high).fold(least, f64::max) * MARGIN
        };
        let mut chart = ChartBuilder::on(&half)
            .caption(panel.title, ("sans-serif", 18).into_font())
            .margin(12)
            .x_label_area_size(38)
            .y_label_area_size(56)
            .build_cartesian_2d(
                range(|point| point.x, |point| point.x).log_scale(),
                range(|point| point.low, |point| point.high).log_scale(),
            )?;
        chart.configure_mesh().x_desc(panel.x).y_desc(panel.y).light_line_style(WHITE).draw()?;
        chart.draw_series(panel.points.iter().map(|point| {
            ErrorBar::new_vertical(point.x, point.low, point.median, point.high, INK.filled(), 6)
        }))?;
        chart.draw_series(
            panel.points.iter().map(|point| Circle::new((point.x, point.median), 3, INK.filled())),
        )?;
    }
    area.present()?;
    Ok(())
}
